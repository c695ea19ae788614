//! `hello`: who the device is.

use madoguchi_driver_api::Error;

use super::Command;
use crate::codec::Request;
use crate::error::protocol;

/// The version of the protocol that this driver speaks.
const VERSION: &str = "1";

/// Asks the device who it is. The first command on a line.
#[derive(Debug)]
pub(crate) struct Hello;

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) serial: String,
    pub(crate) model: String,
    pub(crate) firmware: String,
    pub(crate) card_present: bool,
    /// As the device spells them.
    pub(crate) capabilities: Vec<String>,
}

impl Command for Hello {
    type Answer = Identity;

    fn request(&self) -> Request {
        Request::new("hello").word(VERSION)
    }

    fn answer(&self, words: &str) -> Result<Identity, Error> {
        let mut words = words.split(' ').map(str::to_owned);
        let mut next = || words.next().filter(|word| !word.is_empty());
        match (next(), next(), next(), next().as_deref()) {
            (Some(serial), Some(model), Some(firmware), Some(card @ ("card" | "empty"))) => Ok(Identity {
                serial,
                model,
                firmware,
                card_present: card == "card",
                capabilities: words.collect(),
            }),
            _ => Err(protocol(&"an introduction that lacks something")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_introduction_is_whole_or_none() {
        let identity = Hello.answer("A-1 One 2.0 card NFC_CARD SCREEN").unwrap();
        assert_eq!(
            (
                identity.serial.as_str(),
                identity.card_present,
                identity.capabilities.len()
            ),
            ("A-1", true, 2)
        );
        for words in ["", "A-1 One 2.0", "A-1 One 2.0 perhaps", " One 2.0 card"] {
            assert!(
                matches!(Hello.answer(words), Err(Error::Protocol { .. })),
                "{words}"
            );
        }
    }
}
