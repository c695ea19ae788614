//! Who are you? Begins the conversation.

use minicbor::{Decode, Encode};

use super::Command;

/// The question.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Hello {
    /// No two hellos are alike, so that none is taken for a duplicate of the one before.
    #[n(1)]
    pub(crate) nonce: u64,
}

impl Command for Hello {
    const OPERATION: u8 = 1;
}

/// What the device says of itself.
#[derive(Debug, Decode)]
#[cbor(map)]
pub(crate) struct About<'b> {
    #[n(1)]
    pub(crate) revision: u16,
    #[b(2)]
    pub(crate) model: &'b str,
    #[b(3)]
    pub(crate) serial: &'b str,
    #[b(4)]
    pub(crate) firmware: &'b str,
    #[n(5)]
    pub(crate) features: Vec<u16>,
    #[n(6)]
    pub(crate) templates: Vec<u16>,
    #[b(7)]
    pub(crate) languages: Vec<&'b str>,
    #[n(8)]
    pub(crate) longest_apdu: Option<u16>,
}
