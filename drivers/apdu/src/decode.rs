//! The other direction: bytes to a command, as a card sees them. The twin needs it.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Command, Le};

/// Why bytes are not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not even a header.
    #[error("a command has at least 4 bytes")]
    TooShort,
    /// The length fields do not fit the number of bytes.
    #[error("the length fields do not fit the bytes")]
    Length,
}

impl Command {
    /// Takes the bytes apart: cases 1 to 4, short and extended.
    ///
    /// # Errors
    /// [`DecodeError`] says what does not fit.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Some(rest) = bytes.get(4..) else {
            return Err(DecodeError::TooShort);
        };
        let (body, le) = match *rest {
            [] => (0..0, Le::None),
            [le] => (0..0, short(le)),
            [0, hi, lo] => (0..0, extended(hi, lo)),
            [0, hi, lo, ref tail @ ..] => {
                let len = usize::from(u16::from_be_bytes([hi, lo]));
                let le = match tail.get(len..) {
                    Some([]) if len > 0 => Le::None,
                    Some(&[hi, lo]) if len > 0 => extended(hi, lo),
                    _ => return Err(DecodeError::Length),
                };
                (7..7 + len, le)
            }
            [0, ..] => return Err(DecodeError::Length),
            [len, ref tail @ ..] => {
                let len = usize::from(len);
                let le = match tail.get(len..) {
                    Some([]) => Le::None,
                    Some(&[le]) => short(le),
                    _ => return Err(DecodeError::Length),
                };
                (5..5 + len, le)
            }
        };
        Ok(Self {
            bytes: Zeroizing::new(bytes.to_vec()),
            body,
            le,
        })
    }
}

fn short(le: u8) -> Le {
    Le::Short(if le == 0 { 0x100 } else { u16::from(le) })
}

fn extended(hi: u8, lo: u8) -> Le {
    let le = u16::from_be_bytes([hi, lo]);
    Le::Extended(if le == 0 { 0x1_0000 } else { u32::from(le) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_fields_that_do_not_fit_are_refused() {
        for (bytes, error) in [
            (&[0, 0x20, 0][..], DecodeError::TooShort),
            (&[0, 0x20, 0, 0x80, 4, 1], DecodeError::Length),
            (&[0, 0x20, 0, 0x80, 1, 1, 2, 3], DecodeError::Length),
            (&[0, 0x20, 0, 0x80, 0, 1], DecodeError::Length),
            (&[0, 0x20, 0, 0x80, 0, 0, 0, 1], DecodeError::Length),
            (&[0, 0x20, 0, 0x80, 0, 0, 2, 1], DecodeError::Length),
        ] {
            assert_eq!(Command::decode(bytes).err(), Some(error), "{bytes:02X?}");
        }
    }

    #[test]
    fn an_extended_body_of_few_bytes_is_understood() {
        let command = Command::decode(&[0, 0x20, 0, 0x80, 0, 0, 2, 8, 9, 0, 0]).unwrap();
        assert_eq!(command.body(), [8, 9]);
        assert_eq!(command.le(), Le::Extended(0x1_0000));
        assert!(command.is_extended());
    }
}
