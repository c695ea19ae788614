//! HID reports: a sequence, a count, stream bytes.

use zeroize::Zeroizing;

const REPORT: usize = 64;
const STREAM: usize = 62;
const MARK: [u8; 2] = [0xCA, 0x9A];

/// Reports that go out.
#[derive(Default)]
pub(super) struct Out {
    sequence: u8,
}

impl Out {
    /// Sends stream bytes, in as many reports as they need.
    pub(super) fn send(&mut self, mut stream: &[u8], out: &mut dyn FnMut(&[u8])) {
        while !stream.is_empty() {
            let (now, later) = stream.split_at(stream.len().min(STREAM));
            let mut report = Zeroizing::new(vec![self.sequence, now.len() as u8]);
            report.reserve_exact(REPORT);
            report.extend_from_slice(now);
            report.resize(REPORT, 0);
            out(&report);
            self.sequence = next(self.sequence);
            stream = later;
        }
    }
}

/// Reports that come in.
#[derive(Default)]
pub(super) struct In {
    last: Option<u8>,
    /// The report that began the conversation. A hello is in it, and nothing secret.
    first: Vec<u8>,
}

/// What a report is.
pub(super) enum Place {
    First(Zeroizing<Vec<u8>>),
    Next(Zeroizing<Vec<u8>>),
    /// Some before it are missing.
    Jump(Zeroizing<Vec<u8>>),
    /// The one before once more.
    Again,
    /// No report of this device's.
    None,
}

impl In {
    pub(super) fn take(&mut self, report: &[u8]) -> Place {
        if report.len() != REPORT || !(1..=STREAM).contains(&usize::from(report[1])) {
            return Place::None;
        }
        let sequence = report[0];
        let stream = Zeroizing::new(report[2..2 + usize::from(report[1])].to_vec());
        if sequence == 0 {
            if !stream.starts_with(&MARK) {
                return Place::None;
            }
            if self.last == Some(0) && self.first == report {
                return Place::Again;
            }
            self.last = Some(0);
            self.first = report.to_vec();
            return Place::First(stream);
        }
        let before = self.last.replace(sequence);
        match before {
            Some(before) if before == sequence => Place::Again,
            Some(before) if next(before) != sequence => Place::Jump(stream),
            _ => Place::Next(stream),
        }
    }
}

fn next(sequence: u8) -> u8 {
    sequence.checked_add(1).unwrap_or(1)
}

/// Flips a bit of the last stream byte, which is the checksum's where a frame ends here.
pub(super) fn spoil(report: &mut [u8]) {
    let count = report.get(1).copied().map_or(0, usize::from);
    if let Some(byte) = report.get_mut(1 + count) {
        *byte ^= 0x01;
    }
}
