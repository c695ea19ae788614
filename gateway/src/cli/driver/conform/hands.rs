//! Whose hands: nobody's, a person's at this terminal, a twin's stage, or a twin of the house.

use std::net::SocketAddr;
use std::path::PathBuf;

use madoguchi_driver_testkit::{Hands, House, Person, StageHands};
use madoguchi_twin::device::Generation;
use serde_json::{Map, Value};

use crate::cli::error::Error;
use crate::cli::output::complain;

/// Whose hands were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Nobody's.
    None,
    /// A person's at this terminal.
    Terminal,
    /// A stage's.
    Stage(SocketAddr),
    /// A twin's of the house.
    Twin,
}

impl Whose {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "none" => Ok(Self::None),
            None if text == "terminal" => Ok(Self::Terminal),
            None if text == "twin" => Ok(Self::Twin),
            Some(("stage", address)) => address
                .parse()
                .map(Self::Stage)
                .map_err(|_| "a stage is an address and a port, such as 127.0.0.1:4711".to_owned()),
            _ => Err("none, terminal, stage=HOST:PORT or twin".to_owned()),
        }
    }
}

/// The hands that are there.
pub(super) enum Lent {
    None,
    Person(Person),
    Stage(StageHands),
    House(Box<House>),
}

impl Lent {
    pub(super) fn new(whose: &Whose, driver: &str, generation: Generation) -> Result<Self, Error> {
        Ok(match whose {
            Whose::None => Self::None,
            Whose::Terminal => Self::Person(Person::new(Box::new(ask))),
            Whose::Stage(address) => Self::Stage(StageHands::connect(*address)?),
            Whose::Twin => House::open(driver, generation)
                .map_err(|error| Error::Conform(Box::new(error)))?
                .map(|house| Self::House(Box::new(house)))
                .ok_or(Error::Usage(
                    "the house has no twin for this driver: --hands stage=HOST:PORT takes the maker's own",
                ))?,
        })
    }

    pub(super) fn hands(&mut self) -> Option<&mut dyn Hands> {
        match self {
            Self::None => None,
            Self::Person(person) => Some(person),
            Self::Stage(stage) => Some(stage),
            Self::House(house) => Some(house.hands()),
        }
    }

    /// What the driver is told: what was given, over what finds the house's device.
    pub(super) fn settings(&self, given: Map<String, Value>) -> String {
        match self {
            Self::House(house) => house.settings(given),
            _ => Value::Object(given).to_string(),
        }
    }

    pub(super) fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        match self {
            Self::House(house) => house.environment().to_vec(),
            _ => Vec::new(),
        }
    }

    /// The house's device, where the driver finds others beside it.
    pub(super) fn selector(&self) -> Option<String> {
        match self {
            Self::House(house) => house.selector().map(str::to_owned),
            _ => None,
        }
    }
}

/// Tells the person what to do, beside the answer, and waits for Enter.
fn ask(line: &str) -> bool {
    complain(format_args!("> {line}"));
    let mut enter = String::new();
    std::io::stdin().read_line(&mut enter).is_ok_and(|read| read > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_hands_is_one_word_or_an_address() {
        assert_eq!(Whose::parse("none"), Ok(Whose::None));
        assert_eq!(Whose::parse("terminal"), Ok(Whose::Terminal));
        assert_eq!(Whose::parse("twin"), Ok(Whose::Twin));
        let address = ([127, 0, 0, 1], 4711).into();
        assert_eq!(Whose::parse("stage=127.0.0.1:4711"), Ok(Whose::Stage(address)));
        for wrong in ["", "stage", "stage=", "stage=here", "twin=1", "nobody"] {
            assert!(Whose::parse(wrong).is_err(), "{wrong}");
        }
    }
}
