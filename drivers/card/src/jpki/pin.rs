//! The PIN of the user-authentication key: ask for its tries, send it once.

use madoguchi_apdu::{Command, Le, Status};
use madoguchi_core::Pin;
use madoguchi_core::reader::{PinStatus, PinVerdict};

use super::Jpki;
use crate::{CardSession, Error};

/// The file of the user-authentication PIN; VERIFY goes to the selected file.
const PIN: u16 = 0x0018;
const VERIFY: [u8; 4] = [0x00, 0x20, 0x00, 0x80];

impl<S: CardSession + ?Sized> Jpki<'_, S> {
    /// Asks how many tries are left; costs none.
    ///
    /// # Errors
    /// [`Error::UnexpectedStatus`] where the answer says nothing about tries.
    pub fn pin_status(&mut self) -> Result<PinStatus, Error> {
        self.pin = None;
        self.select_file(PIN, Error::UnexpectedStatus)?;
        let status = self.channel.send_once(&Command::bare(VERIFY, Le::None))?.status();
        let pin = match status.status() {
            Status::TriesLeft(0) | Status::Blocked => PinStatus::Locked,
            Status::TriesLeft(tries) => PinStatus::TriesLeft(tries),
            Status::PinUnusable => PinStatus::NotSet,
            _ => return Err(Error::UnexpectedStatus(status)),
        };
        self.pin = Some(pin);
        Ok(pin)
    }

    /// Sends the PIN, at most once, and only where a try is left that may be spent. The tries are asked for first
    /// unless they are known. Whatever happens, the PIN is not sent again.
    ///
    /// # Errors
    /// [`Error::PinOutcomeUnknown`] and [`Error::PinAnswerUnknown`] where it was sent and what became of it is not
    /// known; any other error means that it was not sent.
    pub fn verify_pin(&mut self, pin: &Pin, last_try_confirmed: bool) -> Result<PinVerdict, Error> {
        let status = match self.pin {
            Some(status) if self.selected == Some(PIN) => status,
            _ => self.pin_status()?,
        };
        match status {
            PinStatus::NotSet => return Err(Error::PinNotSet),
            PinStatus::Locked => return Ok(PinVerdict::Locked),
            PinStatus::TriesLeft(1) if !last_try_confirmed => return Ok(PinVerdict::LastTryNotConfirmed),
            PinStatus::TriesLeft(_) => {}
        }
        // From here on what was known of the tries is stale, whatever comes back.
        self.pin = None;
        let command = Command::new(VERIFY, pin.expose(), Le::None)?;
        let status = match self.channel.send_once(&command) {
            Ok(response) => response.status(),
            Err(Error::Transmit(error)) => return Err(Error::PinOutcomeUnknown(error)),
            Err(error) => return Err(error),
        };
        match status.status() {
            Status::Ok => Ok(PinVerdict::Verified),
            Status::TriesLeft(tries_left @ 1..) => {
                self.pin = Some(PinStatus::TriesLeft(tries_left));
                Ok(PinVerdict::Wrong { tries_left })
            }
            // All three mean blocked here: a moment ago the card said that there is a PIN.
            Status::TriesLeft(0) | Status::Blocked | Status::PinUnusable => {
                self.pin = Some(PinStatus::Locked);
                Ok(PinVerdict::Locked)
            }
            _ => Err(Error::PinAnswerUnknown(status)),
        }
    }
}
