//! PIN: the digits that a person types on the device.

use madoguchi_driver_api::screen::PinHolder;
use madoguchi_driver_api::{Error, Pin};

use super::{Button, Command, Texts, buttons, byte, tag};
use crate::codec::message::{Field, Fields};
use crate::error::protocol;

/// Opens the PIN pad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnterPin {
    pub(crate) texts: Texts,
    pub(crate) buttons: Vec<Button>,
    pub(crate) digits: u8,
    pub(crate) holder: PinHolder,
}

impl Command for EnterPin {
    const CODE: u8 = 0x12;
    const REPEATABLE: bool = false;
    type Answer = Pin;

    fn fields(&self) -> Vec<Field<'_>> {
        let mut fields = self.texts.fields();
        fields.extend(buttons(&self.buttons));
        fields.push(byte(tag::DIGITS, self.digits));
        let holder = match self.holder {
            PinHolder::Patient => 0,
            PinHolder::Guardian => 1,
        };
        fields.push(byte(tag::HOLDER, holder));
        fields
    }

    fn answer(&self, fields: Fields<'_>) -> Result<Pin, Error> {
        let digits = fields.first(tag::PIN).unwrap_or_default();
        if digits.len() != usize::from(self.digits) {
            return Err(protocol(&"a PIN of another length"));
        }
        // The one copy: the answer that it came in is overwritten.
        Pin::new(digits.to_vec()).map_err(|invalid| protocol(&invalid))
    }
}
