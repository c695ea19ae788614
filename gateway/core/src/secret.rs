//! Secrets are types: no `Debug` of the content, no `Display`, no `Serialize`, zeroized on drop.

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The longest PIN that any medium of the field asks for; the next card generation may use more than four digits.
const MAX_PIN_LEN: usize = 16;

/// A PIN as a person typed it: ASCII digits, held in one buffer that is overwritten when it is dropped.
///
/// There is no `Clone`: a PIN moves from the edge to the card and ends there.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Pin(Vec<u8>);

/// Why a text is not a PIN. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidPin {
    /// The number of digits is outside what any medium accepts.
    #[error("a PIN has 4 to 16 digits")]
    Length,
    /// Something else than the digits 0 to 9.
    #[error("a PIN has only the digits 0 to 9")]
    NotDigits,
}

impl Pin {
    /// Takes the digits over. The given buffer becomes the PIN's own or is zeroized.
    ///
    /// # Errors
    /// [`InvalidPin`] where the length or a character is not a PIN's.
    pub fn new(mut digits: Vec<u8>) -> Result<Self, InvalidPin> {
        let fault = if !(4..=MAX_PIN_LEN).contains(&digits.len()) {
            Some(InvalidPin::Length)
        } else if !digits.iter().all(u8::is_ascii_digit) {
            Some(InvalidPin::NotDigits)
        } else {
            None
        };
        match fault {
            Some(fault) => {
                digits.zeroize();
                Err(fault)
            }
            None => Ok(Self(digits)),
        }
    }

    /// The digits, for the one hop to the card.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_digits_of_a_known_length() {
        assert!(Pin::new(b"1234".to_vec()).is_ok());
        assert_eq!(Pin::new(b"123".to_vec()).err(), Some(InvalidPin::Length));
        assert_eq!(Pin::new(vec![b'1'; 17]).err(), Some(InvalidPin::Length));
        assert_eq!(Pin::new(b"12a4".to_vec()).err(), Some(InvalidPin::NotDigits));
        assert_eq!(
            Pin::new("１２３４".as_bytes().to_vec()).err(),
            Some(InvalidPin::NotDigits)
        );
    }

    #[test]
    fn debug_never_shows_the_content() {
        assert_eq!(format!("{:?}", Pin::new(b"9731".to_vec()).unwrap()), "Pin(…)");
    }
}
