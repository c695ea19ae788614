//! `power-on`, `apdu` and `power-off`: the card.

use madoguchi_driver_api::{Atr, Error};
use zeroize::Zeroizing;

use super::Command;
use crate::codec::{self, Request};
use crate::error::protocol;

/// Gives the card power.
#[derive(Debug)]
pub(crate) struct PowerOn;

/// Takes its power away.
#[derive(Debug)]
pub(crate) struct PowerOff;

/// Has the card run a command. What is in it is nobody's business, and may be a PIN.
pub(crate) struct Transmit<'a>(pub(crate) &'a [u8]);

impl Command for PowerOn {
    type Answer = Atr;

    fn request(&self) -> Request {
        Request::new("power-on")
    }

    fn answer(&self, words: &str) -> Result<Atr, Error> {
        Ok(Atr(bytes(words)?.to_vec()))
    }
}

impl Command for PowerOff {
    type Answer = ();

    fn request(&self) -> Request {
        Request::new("power-off")
    }

    fn answer(&self, _words: &str) -> Result<(), Error> {
        Ok(())
    }
}

impl Command for Transmit<'_> {
    type Answer = Zeroizing<Vec<u8>>;

    fn request(&self) -> Request {
        Request::with_bytes("apdu", self.0)
    }

    fn answer(&self, words: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let response = bytes(words)?;
        // Every response ends with the status word.
        if response.len() < 2 {
            return Err(protocol(&"a response without a status word"));
        }
        Ok(response)
    }
}

fn bytes(words: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    codec::bytes(words).ok_or_else(|| protocol(&"an answer that is not hexadecimal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_bytes() {
        assert_eq!(PowerOn.answer("3B00"), Ok(Atr(vec![0x3B, 0x00])));
        assert_eq!(Transmit(&[]).answer("9000").unwrap().as_slice(), [0x90, 0x00]);
        for words in ["", "90", "zz", "9000 9000"] {
            let answer = Transmit(&[]).answer(words);
            assert!(matches!(answer, Err(Error::Protocol { .. })), "{words}");
        }
    }
}
