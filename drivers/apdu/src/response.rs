//! What a card answers: data and a status word.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::StatusWord;

/// An answer of fewer than two bytes: the card was pulled in the middle (pcscd then reports success with nothing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("card removed: the answer has no status word")]
pub struct CardRemoved;

/// A card's answer. The data is zeroized when it is dropped.
pub struct Response {
    data: Zeroizing<Vec<u8>>,
    status: StatusWord,
}

impl Response {
    /// Takes a raw answer over and cuts the status word off.
    ///
    /// # Errors
    /// [`CardRemoved`] where there is no status word.
    pub fn parse(raw: Vec<u8>) -> Result<Self, CardRemoved> {
        let mut data = Zeroizing::new(raw);
        let Some(&[sw1, sw2]) = data.last_chunk::<2>() else {
            return Err(CardRemoved);
        };
        let len = data.len() - 2;
        data.truncate(len);
        Ok(Self {
            data,
            status: StatusWord::new(sw1, sw2),
        })
    }

    /// The data before the status word.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The status word.
    #[must_use]
    pub const fn status(&self) -> StatusWord {
        self.status
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.data.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_status_word_is_a_removed_card() {
        assert_eq!(Response::parse(vec![]).err(), Some(CardRemoved));
        assert_eq!(Response::parse(vec![0x90]).err(), Some(CardRemoved));
    }

    #[test]
    fn data_and_status_are_told_apart_and_data_is_not_shown() {
        let response = Response::parse(vec![0x39, 0x37, 0x90, 0x00]).unwrap();
        assert_eq!(response.data(), [0x39, 0x37]);
        assert_eq!(response.status(), StatusWord::OK);
        assert_eq!(format!("{response:?}"), "Response(9000, 2 bytes)");
    }
}
