//! How long a DER file is, told by its first bytes: behind it a card's file holds filler.

use thiserror::Error;

/// So many bytes at the front tell the length of anything that is accepted.
pub const HEAD_LEN: usize = 4;

/// The tag of a SEQUENCE, which every certificate is.
const SEQUENCE: u8 = 0x30;

/// Why no length can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DerError {
    /// The head is cut off.
    #[error("the head of the DER is cut off")]
    TooShort,
    /// Something else than a SEQUENCE.
    #[error("not a SEQUENCE")]
    WrongTag,
    /// A length that DER does not write that way, or an indefinite one.
    #[error("not a DER length")]
    NotDer,
    /// Longer than the caller accepts.
    #[error("longer than accepted")]
    TooLong,
}

/// The whole length, head included, of the SEQUENCE that begins with these bytes; at most `cap`.
///
/// # Errors
/// [`DerError`] says why there is none.
pub fn total_len(head: &[u8], cap: usize) -> Result<usize, DerError> {
    let (&tag, rest) = head.split_first().ok_or(DerError::TooShort)?;
    if tag != SEQUENCE {
        return Err(DerError::WrongTag);
    }
    let (&first, rest) = rest.split_first().ok_or(DerError::TooShort)?;
    let total = match (first, rest) {
        (0..=0x7F, _) => 2 + usize::from(first),
        (0x81, [len @ 0x80..=0xFF, ..]) => 3 + usize::from(*len),
        (0x82, [hi @ 1..=0xFF, lo, ..]) => 4 + usize::from(u16::from_be_bytes([*hi, *lo])),
        (0x81, []) | (0x82, [] | [_]) => return Err(DerError::TooShort),
        (0x83 | 0x84, _) => return Err(DerError::TooLong),
        _ => return Err(DerError::NotDer),
    };
    if total > cap {
        Err(DerError::TooLong)
    } else {
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_length_is_read() {
        assert_eq!(total_len(&[0x30, 0x00], 99), Ok(2));
        assert_eq!(total_len(&[0x30, 0x7F], 999), Ok(129));
        assert_eq!(total_len(&[0x30, 0x81, 0x80], 999), Ok(131));
        assert_eq!(total_len(&[0x30, 0x82, 0x04, 0xB0, 0xFF], 9999), Ok(1204));
    }

    #[test]
    fn what_is_not_a_short_enough_sequence_is_refused() {
        assert_eq!(total_len(&[], 99), Err(DerError::TooShort));
        assert_eq!(total_len(&[0x30], 99), Err(DerError::TooShort));
        assert_eq!(total_len(&[0x30, 0x81], 99), Err(DerError::TooShort));
        assert_eq!(total_len(&[0x30, 0x82, 0x01], 99), Err(DerError::TooShort));
        assert_eq!(total_len(&[0xFF, 0xFF, 0xFF, 0xFF], 99), Err(DerError::WrongTag));
        assert_eq!(total_len(&[0x30, 0x80, 0, 0], 99), Err(DerError::NotDer));
        assert_eq!(total_len(&[0x30, 0x81, 0x7F], 999), Err(DerError::NotDer));
        assert_eq!(total_len(&[0x30, 0x82, 0x00, 0xFF], 999), Err(DerError::NotDer));
        assert_eq!(total_len(&[0x30, 0x83, 1, 0, 0], 99_999), Err(DerError::TooLong));
        assert_eq!(
            total_len(&[0x30, 0x82, 0x40, 0x00], 16_384),
            Err(DerError::TooLong)
        );
    }
}
