//! Has an answer given once more. Nothing is executed again.

use minicbor::Encode;

use super::Command;

/// The answer to which request.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Recall {
    #[n(1)]
    pub(crate) id: u16,
}

impl Command for Recall {
    const OPERATION: u8 = 8;
}
