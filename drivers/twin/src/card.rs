//! The chip: a state machine of APDUs in, APDUs out, without any reader. It behaves as real cards were observed to.

mod arm;
mod files;
mod pin;
mod read;
mod select;
mod sign;

use std::sync::Arc;

use madoguchi_apdu::{Command, StatusWord};
use madoguchi_core::Medium;
use rsa::RsaPrivateKey;
use time::OffsetDateTime;

use crate::persona::Chip;
use crate::{Error, Persona, TestCa, keys};
use arm::Wallet;
use files::{File, Files};
use pin::PinFile;

/// The contact interface's answer to reset, checksum included.
pub const ATR: [u8; 9] = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];

/// What a command comes to: data, or a status word that is not 9000, perhaps with data all the same.
type Answer = Result<Vec<u8>, Refusal>;

/// A status word other than 9000.
struct Refusal {
    status: StatusWord,
    data: Vec<u8>,
}

const fn refuse<T>(status: u16) -> Result<T, Refusal> {
    Err(Refusal {
        status: StatusWord::from_u16(status),
        data: Vec::new(),
    })
}

/// A virtual JPKI card or phone. Cloning it makes a second card with the same counters.
#[derive(Clone)]
pub struct VirtualCard {
    medium: Medium,
    /// Whether the chip has the application at all.
    jpki: bool,
    files: Arc<Files>,
    key: Arc<RsaPrivateKey>,
    pin: PinFile,
    wallet: Wallet,
    power: Power,
}

/// What lasts only as long as the chip's power.
#[derive(Clone, Copy, Default)]
struct Power {
    on: bool,
    application: bool,
    selected: Option<File>,
    verified: bool,
}

impl VirtualCard {
    /// The persona's card with its certificate as of that day; not powered yet.
    ///
    /// # Errors
    /// [`Error`] where the certificate cannot be issued.
    pub fn new(persona: &Persona, ca: &TestCa, now: OffsetDateTime) -> Result<Self, Error> {
        let certificate = persona.certificate(ca, now)?;
        Ok(Self {
            medium: persona.medium(),
            jpki: persona.chip() == Chip::Jpki,
            files: Arc::new(Files::new(
                persona.medium(),
                certificate.as_bytes(),
                ca.root_der(),
            )),
            key: Arc::new(keys::signing_key(persona.key())?),
            pin: PinFile::new(persona),
            wallet: Wallet::new(persona.armed()),
            power: Power::default(),
        })
    }

    /// Powers the chip and gives its answer to reset.
    pub fn power_on(&mut self) -> [u8; 9] {
        self.power = Power {
            on: true,
            ..Power::default()
        };
        ATR
    }

    /// Takes the power: selection and verification are lost, the counter of tries is not.
    pub fn power_off(&mut self) {
        self.power = Power::default();
    }

    /// A warm reset of a powered chip: selection and verification are lost.
    pub fn reset(&mut self) {
        self.power = Power {
            on: self.power.on,
            ..Power::default()
        };
    }

    /// What a maker's reader does by the operation that only makers have, once it matched the face or staff said yes:
    /// the application is selected and its key signs without a PIN until the power goes. False where nothing of that
    /// came about: no power, a phone, a chip without the application.
    #[must_use]
    pub fn authorize(&mut self) -> bool {
        let done = self.power.on && self.jpki && matches!(self.medium, Medium::Card);
        if done {
            self.power = Power {
                on: true,
                application: true,
                selected: None,
                verified: true,
            };
        }
        done
    }

    /// Whether the chip has power.
    #[must_use]
    pub const fn is_powered(&self) -> bool {
        self.power.on
    }

    /// What holds the chip.
    #[must_use]
    pub const fn medium(&self) -> Medium {
        self.medium
    }

    /// How many tries the PIN has left; none where there is no PIN.
    #[must_use]
    pub const fn tries_left(&self) -> Option<u8> {
        self.pin.tries_left()
    }

    /// Answers a command; nothing where the chip has no power.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        if !self.power.on {
            return Vec::new();
        }
        let answer = match Command::decode(command) {
            Ok(command) => self.run(&command),
            Err(_) => refuse(0x6700),
        };
        let (mut bytes, status) = match answer {
            Ok(data) => (data, StatusWord::OK),
            Err(refusal) => (refusal.data, refusal.status),
        };
        bytes.extend(status.to_bytes());
        bytes
    }

    fn run(&mut self, command: &Command) -> Answer {
        match command.header() {
            [0x00, 0xA4, p1, p2] => self.select(p1, p2, command),
            [0x00, 0xB0, p1, p2] => self.read_binary(p1, p2, command.le()),
            [0x00, 0x20, 0x00, 0x80] => self.verify(command.body()),
            [0x80, 0x2A, 0x00, 0x80] => self.sign(command.body(), command.le()),
            [0x00, 0x20, ..] | [0x80, 0x2A, ..] => refuse(0x6A86),
            [0x00 | 0x80, ..] => refuse(0x6D00),
            _ => refuse(0x6E00),
        }
    }
}

#[cfg(test)]
mod tests;
