//! STATE: what lies on you? For when a notice may have been lost.

use madoguchi_driver_api::Error;

use super::{Command, flag, tag};
use crate::codec::message::Fields;

/// Asks.
pub(crate) struct AskState;

/// How the card slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) card_present: bool,
    pub(crate) powered: bool,
}

impl Command for AskState {
    const CODE: u8 = 0x04;
    type Answer = State;

    fn answer(&self, fields: Fields<'_>) -> Result<State, Error> {
        Ok(State {
            card_present: flag(fields, tag::CARD)?,
            powered: flag(fields, tag::POWERED)?,
        })
    }
}
