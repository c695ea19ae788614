//! CLEAR: an empty screen.

use madoguchi_driver_api::Error;

use super::Command;
use crate::codec::message::Fields;

/// Clears the screen.
pub(crate) struct Clear;

impl Command for Clear {
    const CODE: u8 = 0x11;
    type Answer = ();

    fn answer(&self, _: Fields<'_>) -> Result<(), Error> {
        Ok(())
    }
}
