//! POWER ON, TRANSMIT and POWER OFF: the card slot.

use std::borrow::Cow;

use madoguchi_driver_api::{Atr, Error};
use zeroize::Zeroizing;

use super::{Command, tag};
use crate::codec::message::{Field, Fields};
use crate::error::protocol;

/// Powers the card up.
pub(crate) struct PowerOn;

impl Command for PowerOn {
    const CODE: u8 = 0x20;
    type Answer = Atr;

    fn answer(&self, fields: Fields<'_>) -> Result<Atr, Error> {
        Ok(Atr(fields.first(tag::DATA).unwrap_or_default().to_vec()))
    }
}

/// Sends one APDU, once.
pub(crate) struct Transmit<'a> {
    pub(crate) apdu: &'a [u8],
}

impl Command for Transmit<'_> {
    const CODE: u8 = 0x21;
    const REPEATABLE: bool = false;
    const POWERED: bool = true;
    type Answer = Zeroizing<Vec<u8>>;

    fn fields(&self) -> Vec<Field<'_>> {
        vec![(tag::DATA, Cow::Borrowed(self.apdu))]
    }

    fn answer(&self, fields: Fields<'_>) -> Result<Self::Answer, Error> {
        match fields.first(tag::DATA) {
            Some(answer @ [_, _, ..]) => Ok(Zeroizing::new(answer.to_vec())),
            _ => Err(protocol(&"an APDU's answer without a status word")),
        }
    }
}

/// Powers the card off.
pub(crate) struct PowerOff;

impl Command for PowerOff {
    const CODE: u8 = 0x22;
    type Answer = ();

    fn answer(&self, _: Fields<'_>) -> Result<(), Error> {
        Ok(())
    }
}
