//! Staff's word (目視), given at the console or in the EMR, for the active card.

use minicbor::Encode;

use super::{Command, Patience, Repeat};

/// Staff said that it is the person.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct AcceptVisual {}

impl Command for AcceptVisual {
    const OPERATION: u8 = 6;
    const PATIENCE: Patience = Patience::Chip;
    const REPEAT: Repeat = Repeat::WhereUnknown;
}
