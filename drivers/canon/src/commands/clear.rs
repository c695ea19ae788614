//! Back to the welcome page.

use minicbor::Encode;

use super::Command;

/// Nothing is shown any more.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Clear {}

impl Command for Clear {
    const OPERATION: u8 = 7;
}
