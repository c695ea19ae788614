//! How reports are told apart on the connection of a link. Public for fuzzing only.

use madoguchi_driver_api::Error;
use zeroize::Zeroize;

/// A longer report is none. It bounds what a broken peer can have us keep.
pub const MAX_REPORT: usize = 4096;

/// So much of it is kept at most: less than a report, and what one read adds. Room for it is made once, because a
/// buffer that grows leaves copies behind.
const MAX_ARRIVED: usize = 2 + 2 * MAX_REPORT;

/// What arrived of reports that are not whole yet, or not asked for yet.
pub struct Arrived(Vec<u8>);

impl Default for Arrived {
    fn default() -> Self {
        Self(Vec::with_capacity(MAX_ARRIVED))
    }
}

impl Arrived {
    /// Adds what one read gave, which is no more than the longest report.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// How many bytes are kept.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Moves the first report out, where it is whole.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`]: after one that is longer than any there is no finding the next, so that the line is of
    /// no use any more.
    pub fn take(&mut self, report: &mut Vec<u8>) -> Result<bool, Error> {
        let [high, low, rest @ ..] = self.0.as_slice() else {
            return Ok(false);
        };
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        if len > MAX_REPORT {
            return Err(Error::ReaderRemoved);
        }
        let Some(whole) = rest.get(..len) else {
            return Ok(false);
        };
        report.extend_from_slice(whole);
        self.forget(2 + len);
        Ok(true)
    }

    /// Drops the first bytes and leaves no copy of them.
    fn forget(&mut self, count: usize) {
        let keep = self.0.len() - count;
        self.0.copy_within(count.., 0);
        if let Some(tail) = self.0.get_mut(keep..) {
            tail.zeroize();
        }
        self.0.truncate(keep);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The reports in a stream that arrives in pieces of these lengths, and what ended it.
    fn reports(stream: &[u8], pieces: &[usize]) -> (Vec<Vec<u8>>, Option<Error>) {
        let (mut arrived, mut reports) = (Arrived::default(), Vec::new());
        let mut rest = stream;
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            arrived.add(now);
            loop {
                let mut report = Vec::new();
                match arrived.take(&mut report) {
                    Ok(true) => reports.push(report),
                    Ok(false) => break,
                    Err(error) => return (reports, Some(error)),
                }
            }
            assert!(
                arrived.len() < 2 + MAX_REPORT,
                "more is kept than belongs to one report"
            );
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        (reports, None)
    }

    proptest! {
        #[test]
        fn reports_are_the_same_in_whatever_pieces_they_arrive(
            sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
            pieces in prop::collection::vec(1_usize..300, 1..8),
        ) {
            let framed = |report: &Vec<u8>| [&u16::try_from(report.len()).unwrap().to_be_bytes(), &report[..]].concat();
            let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
            prop_assert_eq!(reports(&stream, &pieces), (sent, None));
        }

        #[test]
        fn nonsense_is_survived(
            stream in prop::collection::vec(any::<u8>(), 0..20_000),
            pieces in prop::collection::vec(1_usize..MAX_REPORT, 1..8),
        ) {
            let (reports, _) = reports(&stream, &pieces);
            prop_assert!(reports.iter().all(|report| report.len() <= MAX_REPORT));
        }
    }
}
