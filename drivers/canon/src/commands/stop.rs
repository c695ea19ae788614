//! Ends a request that is pending.

use minicbor::Encode;

use super::Command;

/// Which.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Stop {
    #[n(1)]
    pub(crate) id: u16,
}

impl Command for Stop {
    const OPERATION: u8 = 7;
}
