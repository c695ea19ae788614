//! Cards and phones in the field: which there are, power, APDUs.

use minicbor::{Decode, Encode};

use super::{Command, Patience, Repeat};
use crate::codec::Target;

/// What is in the field?
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Targets {}

impl Command for Targets {
    const OPERATION: u8 = 16;
    const REPEAT: Repeat = Repeat::Always;
    const OUTLIVES_RESTART: bool = true;
}

/// What is.
#[derive(Debug, Decode)]
#[cbor(map)]
pub(crate) struct InField {
    #[n(1)]
    pub(crate) targets: Vec<Target>,
    #[n(2)]
    pub(crate) collision: Option<bool>,
}

/// Power it.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Activate {
    #[n(1)]
    pub(crate) target: u32,
}

impl Command for Activate {
    const OPERATION: u8 = 17;
    const PATIENCE: Patience = Patience::Chip;
    const REPEAT: Repeat = Repeat::Always;
    const OUTLIVES_RESTART: bool = true;
}

/// It has power.
#[derive(Debug, Decode)]
#[cbor(map)]
pub(crate) struct Activated<'b> {
    #[cbor(b(1), with = "minicbor::bytes")]
    pub(crate) atr: &'b [u8],
}

/// One command APDU; it may hold a PIN.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Exchange<'a> {
    #[n(1)]
    pub(crate) target: u32,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) apdu: &'a [u8],
}

impl Command for Exchange<'_> {
    const OPERATION: u8 = 18;
    const PATIENCE: Patience = Patience::Chip;

    fn room(&self) -> usize {
        self.apdu.len() + 16
    }
}

/// Its response APDU.
#[derive(Decode)]
#[cbor(map)]
pub(crate) struct Exchanged<'b> {
    #[cbor(b(1), with = "minicbor::bytes")]
    pub(crate) apdu: &'b [u8],
}

/// Take its power.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Deactivate {
    #[n(1)]
    pub(crate) target: u32,
}

impl Command for Deactivate {
    const OPERATION: u8 = 19;
    const REPEAT: Repeat = Repeat::Always;
}
