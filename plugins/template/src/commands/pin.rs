//! `pin`: the digits that the patient types on the device.

use madoguchi_driver_api::screen::PinHolder;
use madoguchi_driver_api::{Error, Pin};

use super::{Command, Patience};
use crate::codec::Request;
use crate::error::protocol;

/// Asks for a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnterPin {
    pub(crate) digits: u8,
    pub(crate) holder: PinHolder,
    pub(crate) language: String,
}

impl Command for EnterPin {
    const PATIENCE: Patience = Patience::Person;
    /// None where the patient chose not to.
    type Answer = Option<Pin>;

    fn request(&self) -> Request {
        let holder = match self.holder {
            PinHolder::Patient => "patient",
            PinHolder::Guardian => "guardian",
        };
        Request::new("pin")
            .word(&self.digits.to_string())
            .word(holder)
            .word(&self.language)
    }

    fn answer(&self, words: &str) -> Result<Option<Pin>, Error> {
        if matches!(words, "-" | "quit") {
            return Ok(None);
        }
        // Whoever says what is wrong with digits says something about them.
        let pin = Pin::new(words.as_bytes().to_vec());
        let wrong = || protocol(&"an answer that is no PIN of the length that was asked for");
        let pin = pin.map_err(|_| wrong())?;
        if words.len() == usize::from(self.digits) {
            Ok(Some(pin))
        } else {
            Err(wrong())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_digits_or_the_wish_not_to() {
        let ask = EnterPin {
            digits: 4,
            holder: PinHolder::Guardian,
            language: "ja".into(),
        };
        assert_eq!(&*ask.request().line(2), b"2 pin 4 guardian ja\n");
        assert_eq!(ask.answer("4711").unwrap().unwrap().expose(), b"4711");
        for words in ["-", "quit"] {
            assert!(ask.answer(words).unwrap().is_none());
        }
        for words in ["", "471", "47111", "47a1"] {
            let Err(Error::Protocol { detail }) = ask.answer(words) else {
                panic!("{words} was taken")
            };
            assert!(words.is_empty() || !detail.contains(words));
        }
    }
}
