//! HELLO: who are you and what can you do?

use madoguchi_driver_api::{Capability, Error};

use super::{Command, flag, number, string, tag};
use crate::codec::message::Fields;

/// Asks; needs no session.
pub(crate) struct Hello;

/// What the device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) firmware: String,
    pub(crate) capabilities: Vec<Capability>,
    /// Empty where the device does not say.
    pub(crate) languages: Vec<String>,
    /// The longest APDU, where the device says.
    pub(crate) apdu_limit: Option<u16>,
    pub(crate) card_present: bool,
}

impl Command for Hello {
    const CODE: u8 = 0x01;
    type Answer = Identity;

    fn answer(&self, fields: Fields<'_>) -> Result<Identity, Error> {
        let abilities = fields.first(tag::ABILITIES).unwrap_or_default();
        let mut capabilities: Vec<_> = abilities.iter().copied().filter_map(ability).collect();
        capabilities.sort_unstable();
        capabilities.dedup();
        let languages = fields.all(tag::LANGUAGE_SPOKEN);
        Ok(Identity {
            model: string(fields, tag::MODEL)?,
            serial: string(fields, tag::SERIAL)?,
            firmware: string(fields, tag::FIRMWARE)?,
            capabilities,
            languages: languages
                .filter_map(|bytes| String::from_utf8(bytes.to_vec()).ok())
                .collect(),
            apdu_limit: number(fields, tag::APDU_LIMIT)?,
            card_present: flag(fields, tag::CARD)?,
        })
    }
}

/// What a newer device can do beyond this is nothing to us.
const fn ability(code: u8) -> Option<Capability> {
    match code {
        1 => Some(Capability::Face),
        2 => Some(Capability::PinPad),
        3 => Some(Capability::StaffVisual),
        4 => Some(Capability::NfcCard),
        5 => Some(Capability::Screen),
        6 => Some(Capability::RemoteVisual),
        _ => None,
    }
}
