//! Takes a PIN on the screen's pad.

use madoguchi_driver_api::Reason;
use madoguchi_driver_api::screen::{PinHolder, PinRequest};
use minicbor::{Decode, Encode};

use super::{Command, Patience, number};

/// How it is asked for.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct AskPin {
    #[n(1)]
    digits: u8,
    #[n(2)]
    tries_left: Option<u8>,
    #[n(3)]
    holder: u8,
    #[n(4)]
    again_because: Option<u8>,
    #[n(5)]
    medium: u8,
    #[n(6)]
    language: String,
}

impl AskPin {
    /// The request, in a language that the device holds.
    pub(crate) fn new(request: &PinRequest, language: String) -> Self {
        Self {
            digits: request.digits,
            tries_left: request.tries_left,
            holder: match request.holder {
                PinHolder::Patient => 0,
                PinHolder::Guardian => 1,
            },
            again_because: match request.again_because {
                Some(Reason::PinWrong) => Some(1),
                Some(Reason::PinLastTryNotConfirmed) => Some(2),
                Some(Reason::CardRemoved) => Some(3),
                // Why else is nothing that the pad has words for.
                _ => None,
            },
            medium: number::medium(request.medium),
            language,
        }
    }
}

impl Command for AskPin {
    const OPERATION: u8 = 4;
    const PATIENCE: Patience = Patience::Person;
    const OUTLIVES_RESTART: bool = true;
}

/// What was typed. No `Debug`: these are the digits, in the message's own buffer.
#[derive(Decode)]
#[cbor(map)]
pub(crate) struct Typed<'b> {
    /// Nothing where the patient chose not to.
    #[cbor(b(1), with = "minicbor::bytes")]
    pub(crate) digits: Option<&'b [u8]>,
}
