//! VERIFY: counts down on wrong, resets on right, tells without a body.

use crate::Persona;
use crate::persona::Verification;

use super::files::File;
use super::{Answer, VirtualCard, refuse};

/// Where the PIN starts again after a success.
const MAX_TRIES: u8 = 3;
/// What the signing PIN always says; its tries cannot be spent here.
const SIGNING_TRIES: u16 = 5;

/// The PIN and its counter, which outlast the power.
#[derive(Clone)]
pub(super) struct PinFile {
    verification: Verification,
    digits: Vec<u8>,
    tries: u8,
}

impl PinFile {
    pub(super) fn new(persona: &Persona) -> Self {
        Self {
            verification: persona.verification(),
            digits: persona.pin_digits().to_vec(),
            tries: persona.tries(),
        }
    }

    pub(super) const fn tries_left(&self) -> Option<u8> {
        match self.verification {
            Verification::Pin => Some(self.tries),
            Verification::NotSet | Verification::Device => None,
        }
    }

    /// Whether the phone's owner is verified without any VERIFY.
    pub(super) const fn verified_by_device(&self) -> bool {
        matches!(self.verification, Verification::Device)
    }
}

impl VirtualCard {
    pub(super) fn verify(&mut self, digits: &[u8]) -> Answer {
        match self.power.selected {
            Some(File::Pin) => {}
            Some(File::SigningPin) if digits.is_empty() => return refuse(0x63C0 | SIGNING_TRIES),
            Some(File::SigningPin) => return refuse(0x6A81),
            _ => return refuse(0x6A88),
        }
        let Some(tries) = self.pin.tries_left() else {
            return refuse(0x6984);
        };
        if digits.is_empty() {
            return refuse(0x63C0 | u16::from(tries));
        }
        if tries == 0 {
            return refuse(0x6983);
        }
        if digits == self.pin.digits {
            self.pin.tries = MAX_TRIES;
            self.power.verified = true;
            return Ok(Vec::new());
        }
        self.power.verified = false;
        self.pin.tries = tries - 1;
        refuse(0x63C0 | u16::from(self.pin.tries))
    }
}
