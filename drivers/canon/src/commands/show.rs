//! Shows a page that asks nothing. It stays.

use minicbor::Encode;

use super::{Command, Repeat};
use crate::screens::Shown;

/// The page.
#[derive(Encode)]
#[cbor(transparent)]
pub(crate) struct Show<'a>(#[n(0)] pub(crate) &'a Shown);

impl Command for Show<'_> {
    const OPERATION: u8 = 2;
    const REPEAT: Repeat = Repeat::Always;
    const OUTLIVES_RESTART: bool = true;
}
