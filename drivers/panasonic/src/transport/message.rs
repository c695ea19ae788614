//! Messages: commands that are cut into reports, and replies that are put together from them. Public for fuzzing only.

use zeroize::Zeroizing;

use super::codec::{Damage, Kind, MAX_FRAGMENTS, Report, text};

/// A command, fragment by fragment.
pub struct Message {
    /// Which.
    pub code: Code,
    fragments: Vec<Vec<u8>>,
}

/// The commands, by their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Who are you?
    Identify = 0x01,
    /// Show a page.
    Show = 0x02,
    /// Take a PIN.
    Pin = 0x03,
    /// Verify the face.
    Face = 0x04,
    /// Staff saw that it is the patient.
    Visual = 0x05,
    /// What came of it?
    Fetch = 0x06,
    /// Blank the screen.
    Clear = 0x07,
    /// Say this back.
    Echo = 0x08,
}

impl Message {
    /// A command with that much data in its first fragment.
    #[must_use]
    pub fn new(code: Code, data: &[u8]) -> Self {
        Self {
            code,
            fragments: vec![data.to_vec()],
        }
    }

    /// The command with texts behind it, a line a fragment.
    #[must_use]
    pub fn with_texts(mut self, texts: &[(u8, String)]) -> Self {
        self.fragments
            .extend(texts.iter().flat_map(|(role, line)| text(*role, line)));
        self
    }

    /// Its reports.
    ///
    /// # Errors
    /// [`Damage`] where it has more fragments or data than the protocol has room for.
    pub fn reports(&self, transaction: u16) -> Result<Vec<Report>, Damage> {
        if self.fragments.len() > MAX_FRAGMENTS {
            return Err(Damage::Fragment);
        }
        // At most sixty-four, as was just checked.
        let count = self.fragments.len() as u8;
        (0..count)
            .zip(&self.fragments)
            .map(|(index, data)| {
                let code = self.code as u8;
                Report::new(Kind::Command, transaction, code, (index, count), 0, data)
            })
            .collect()
    }
}

/// A whole reply.
pub struct Reply {
    /// How the command went.
    pub status: u8,
    /// The data, fragment by fragment. May hold digits.
    pub fragments: Vec<Zeroizing<Vec<u8>>>,
}

impl Reply {
    /// The data of the first fragment; a reply has one.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.fragments.first().map_or(&[], |data| data)
    }
}

/// A reply that is being put together.
pub struct Assembly {
    transaction: u16,
    code: u8,
    /// The fragments so far, in order.
    got: Vec<Report>,
}

impl Assembly {
    /// Awaits the reply to that command.
    #[must_use]
    pub const fn new(transaction: u16, code: Code) -> Self {
        Self {
            transaction,
            code: code as u8,
            got: Vec::new(),
        }
    }

    /// Takes a report in; the reply where it was the last one. What belongs to another transaction, was seen before,
    /// comes out of order or contradicts what came first is dropped: the reply is then asked for again.
    pub fn push(&mut self, report: Report) -> Option<Reply> {
        let ours = report.kind() == Some(Kind::Reply)
            && (report.transaction(), report.code()) == (self.transaction, self.code);
        if !ours || usize::from(report.index()) > self.got.len() {
            return None;
        }
        if report.index() == 0 {
            self.got.clear();
        }
        let fits = |first: &Report| (first.count(), first.status()) == (report.count(), report.status());
        if usize::from(report.index()) < self.got.len() || !self.got.first().is_none_or(fits) {
            return None;
        }
        let (count, status) = (usize::from(report.count()), report.status());
        self.got.push(report);
        (self.got.len() == count).then(|| Reply {
            status,
            fragments: self
                .got
                .drain(..)
                .map(|report| Zeroizing::new(report.data().to_vec()))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(transaction: u16, index: u8, count: u8, status: u8) -> Report {
        Report::new(
            Kind::Reply,
            transaction,
            Code::Identify as u8,
            (index, count),
            status,
            &[index],
        )
        .unwrap()
    }

    #[test]
    fn a_message_is_cut_a_line_a_report() {
        let message = Message::new(Code::Show, &[1, 0]).with_texts(&[(0, "題".into()), (1, "line".into())]);
        let reports = message.reports(7).unwrap();
        assert_eq!(reports.len(), 3);
        assert_eq!(reports[1].data(), [0, 0x4C, 0x98]);
        assert!(
            reports
                .iter()
                .enumerate()
                .all(|(at, report)| usize::from(report.index()) == at && report.count() == 3)
        );
        let long = Message::new(Code::Show, &[]).with_texts(&[(1, "x".repeat(27 * MAX_FRAGMENTS))]);
        assert_eq!(long.reports(7).err(), Some(Damage::Fragment));
    }

    #[test]
    fn a_reply_is_put_together_past_strangers_and_copies() {
        let mut assembly = Assembly::new(7, Code::Identify);
        assert!(
            assembly.push(reply(7, 1, 3, 0)).is_none(),
            "its head is not there yet"
        );
        assert!(assembly.push(reply(7, 0, 3, 0)).is_none());
        assert!(assembly.push(reply(6, 1, 3, 0)).is_none(), "another's");
        assert!(assembly.push(reply(7, 1, 3, 0)).is_none());
        assert!(assembly.push(reply(7, 1, 3, 0)).is_none(), "a copy");
        assert!(assembly.push(reply(7, 2, 3, 1)).is_none(), "a contradiction");
        let whole = assembly.push(reply(7, 2, 3, 0)).unwrap();
        assert_eq!(whole.status, 0);
        let data: Vec<_> = whole.fragments.iter().map(|data| data[0]).collect();
        assert_eq!(data, [0, 1, 2]);
    }

    #[test]
    fn a_reply_that_was_cut_off_is_put_together_from_its_repetition() {
        let mut assembly = Assembly::new(7, Code::Identify);
        assert!(assembly.push(reply(7, 0, 2, 0)).is_none());
        assert!(assembly.push(reply(7, 0, 2, 0)).is_none());
        assert!(assembly.push(reply(7, 1, 2, 0)).is_some());
    }

    proptest! {
        #[test]
        fn whatever_comes_a_reply_is_whole(
            reports in proptest::collection::vec((5u16..8, 0u8..4, 1u8..5, 0u8..2), 0..60),
        ) {
            let mut assembly = Assembly::new(7, Code::Identify);
            for (transaction, index, count, status) in reports {
                if index >= count {
                    continue;
                }
                if let Some(whole) = assembly.push(reply(transaction, index, count, status)) {
                    prop_assert_eq!(whole.fragments.len(), usize::from(count));
                    for (at, data) in whole.fragments.iter().enumerate() {
                        prop_assert_eq!(usize::from(data[0]), at);
                    }
                }
            }
        }
    }
}
