//! The card in the slot, as the service itself uses it.

use madoguchi_card::{CardSession, Error, ExtendedLength, Jpki, TransmitError};
use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_core::{Medium, Pin};

use super::wire::code;
use crate::device::{CardReply, Slot};

struct Chip<'s>(&'s mut Slot);

impl CardSession for Chip<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        response.clear();
        match self.0.transmit(command) {
            CardReply::Answer(answer) => {
                response.extend(answer);
                Ok(())
            }
            CardReply::Removed | CardReply::Unpowered => Err(TransmitError::Removed),
            CardReply::Lost => Err(TransmitError::Reset),
            CardReply::Silent => Err(TransmitError::Timeout),
        }
    }
}

/// Powers the card up and looks what it is; says how its PIN is.
pub(super) fn look(slot: &mut Slot) -> Result<PinStatus, u32> {
    if slot.power_on().is_none() {
        return Err(if slot.card_present() {
            // No chip was found in it.
            code::NOT_MY_NUMBER
        } else {
            code::CARD_REMOVED
        });
    }
    let mut chip = Chip(slot);
    let mut jpki = Jpki::new(&mut chip, ExtendedLength::Yes);
    let looked = jpki.select().and_then(|()| jpki.label());
    match looked.map_err(|error| of(&error))? {
        Medium::Card => jpki.pin_status().map_err(|error| of(&error)),
        // A phone is none that this device can read.
        Medium::Android | Medium::IPhone => Err(code::NOT_MY_NUMBER),
    }
}

/// Sends a typed PIN to the card, once.
pub(super) fn verify(slot: &mut Slot, pin: &Pin) -> Result<PinVerdict, u32> {
    let mut chip = Chip(slot);
    let mut jpki = Jpki::new(&mut chip, ExtendedLength::Yes);
    jpki.select()
        // On the last try the patient chose the method anew.
        .and_then(|()| jpki.verify_pin(pin, true))
        .map_err(|error| of(&error))
}

/// Reads the certificate and has the challenge signed, with the application selected and the person verified.
pub(super) fn sign(slot: &mut Slot, challenge: &[u8]) -> Result<(Vec<u8>, Vec<u8>), u32> {
    let mut chip = Chip(slot);
    let mut jpki = Jpki::new(&mut chip, ExtendedLength::Yes);
    let certificate = jpki.certificate().map_err(|error| of(&error))?;
    let signature = jpki.sign(challenge).map_err(|error| of(&error))?;
    Ok((certificate.as_bytes().to_vec(), signature))
}

fn of(error: &Error) -> u32 {
    match error {
        Error::Transmit(TransmitError::Removed) => code::CARD_REMOVED,
        Error::Transmit(TransmitError::Reset) => code::CARD_RESET,
        Error::Transmit(_) => code::CARD_MUTE,
        Error::NotJpki(_) | Error::UnknownLabel => code::NOT_MY_NUMBER,
        Error::Obsolete => code::OBSOLETE,
        Error::CertificateStatus(_) | Error::CertificateContent(_) | Error::CertificateCutOff => {
            code::UNREADABLE
        }
        Error::PinNotSet => code::PIN_NOT_SET,
        Error::PinOutcomeUnknown(_) | Error::PinAnswerUnknown(_) => code::PIN_UNKNOWN,
        _ => code::CARD_NONSENSE,
    }
}
