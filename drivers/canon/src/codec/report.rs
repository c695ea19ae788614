//! Stream bytes in HID reports, counted in each direction.

use zeroize::Zeroizing;

use super::frame::{CRC, MARK};

/// How long a report is.
pub const LEN: usize = 64;

/// How many stream bytes it carries at most.
pub const ROOM: usize = LEN - HEAD;

const HEAD: usize = 2;

/// Sequences are counted to here and go on at one: zero begins a conversation.
const LAST_SEQUENCE: u8 = u8::MAX;

/// One report. It may carry a PIN.
pub type Report = Zeroizing<[u8; LEN]>;

/// Cuts stream bytes into reports.
#[derive(Debug, Default)]
pub struct Outbox {
    next: u8,
}

impl Outbox {
    /// The reports that carry these bytes, in order.
    pub fn reports<'s>(&'s mut self, stream: &'s [u8]) -> impl Iterator<Item = Report> + 's {
        stream.chunks(ROOM).map(|chunk| {
            let mut report = Zeroizing::new([0; LEN]);
            report[0] = self.next;
            report[1] = chunk.len() as u8;
            report[HEAD..HEAD + chunk.len()].copy_from_slice(chunk);
            self.next = after(self.next);
            report
        })
    }
}

/// Puts reports in order again.
#[derive(Debug, Default)]
pub(super) struct Order {
    last: Option<Last>,
}

/// Of the report before. Not its content: that may be a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    sequence: u8,
    /// Of a report that began a conversation, which no PIN is in.
    first: Option<u32>,
}

/// What a report is in its order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'r> {
    /// The next one.
    Next(&'r [u8]),
    /// The first of a conversation: whatever was before counts no more.
    First(&'r [u8]),
    /// One that was there already.
    Duplicate,
    /// Some before it are lost.
    AfterLoss(&'r [u8]),
    /// No report of this protocol.
    Malformed,
}

impl Order {
    pub(super) fn place<'r>(&mut self, report: &'r [u8]) -> Place<'r> {
        let (Some(&[sequence, count]), true) = (report.first_chunk::<HEAD>(), report.len() == LEN) else {
            return Place::Malformed;
        };
        let Some(stream) = report.get(HEAD..HEAD + usize::from(count)) else {
            return Place::Malformed;
        };
        // A conversation begins with a frame: what does not is noise, and must not pass for a restart.
        if stream.is_empty() || sequence == 0 && !stream.starts_with(&MARK) {
            return Place::Malformed;
        }
        let now = Last {
            sequence,
            first: (sequence == 0).then(|| CRC.checksum(report)),
        };
        match self.last.replace(now) {
            Some(last) if last == now => Place::Duplicate,
            _ if sequence == 0 => Place::First(stream),
            Some(last) if after(last.sequence) != sequence => Place::AfterLoss(stream),
            // The first report that is heard at all is taken as it comes.
            _ => Place::Next(stream),
        }
    }
}

const fn after(sequence: u8) -> u8 {
    if sequence == LAST_SEQUENCE {
        1
    } else {
        sequence + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_counted_and_never_begins_anew_by_itself() {
        let mut outbox = Outbox::default();
        let stream = [&MARK[..], &vec![7; ROOM * 300 - 1]].concat();
        let reports: Vec<_> = outbox.reports(&stream).collect();
        assert_eq!(reports.len(), 301);
        assert_eq!(reports[0][..5], [0, 62, 0xCA, 0x9A, 7]);
        assert_eq!(reports[255][0], 255);
        assert_eq!(reports[256][0], 1);
        assert_eq!(reports[300][..4], [45, 1, 7, 0]);
        let mut order = Order::default();
        let back: Vec<u8> = reports
            .iter()
            .flat_map(|report| match order.place(&report[..]) {
                Place::Next(stream) | Place::First(stream) => stream.to_vec(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(back, stream);
    }

    #[test]
    fn duplicates_losses_and_new_beginnings_are_told_apart() {
        let report = |sequence, byte| {
            let mut report = [0; LEN];
            report[..5].copy_from_slice(&[sequence, 3, 0xCA, 0x9A, byte]);
            report
        };
        let stream = |byte| [0xCA, 0x9A, byte];
        let mut order = Order::default();
        assert_eq!(order.place(&report(0, 1)), Place::First(&stream(1)));
        assert_eq!(order.place(&report(0, 1)), Place::Duplicate);
        assert_eq!(order.place(&report(0, 2)), Place::First(&stream(2)));
        assert_eq!(order.place(&report(1, 3)), Place::Next(&stream(3)));
        assert_eq!(order.place(&report(1, 3)), Place::Duplicate);
        assert_eq!(order.place(&report(3, 4)), Place::AfterLoss(&stream(4)));
        assert_eq!(order.place(&report(4, 5)), Place::Next(&stream(5)));
        let mut noise = [0x33; LEN];
        noise[0] = 0;
        for malformed in [&[][..], &[5, 1, 0], &[5; 65], &[0; LEN], &[63; LEN], &noise] {
            assert_eq!(order.place(malformed), Place::Malformed);
        }
        assert_eq!(order.place(&report(5, 6)), Place::Next(&stream(6)));
        assert_eq!(Order::default().place(&report(9, 1)), Place::Next(&stream(1)));
    }
}
