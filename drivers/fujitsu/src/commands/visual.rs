//! VISUAL: staff looked and said that it is the person.

use madoguchi_driver_api::Error;

use super::Command;
use crate::codec::message::Fields;

/// Tells it.
pub(crate) struct AcceptVisual;

impl Command for AcceptVisual {
    const CODE: u8 = 0x14;
    const REPEATABLE: bool = false;
    const POWERED: bool = true;
    type Answer = ();

    fn answer(&self, _: Fields<'_>) -> Result<(), Error> {
        Ok(())
    }
}
