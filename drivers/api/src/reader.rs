//! A reader: one device, used by one thread at a time.

use madoguchi_core::Pin;
use madoguchi_core::reader::Capability;
use serde::{Deserialize, Serialize};

use crate::screen::{Answer, FaceOutcome, PinRequest, Screen};
use crate::visit::{Outcome, Plan, Progress};
use crate::{Atr, Call, Error};

/// Codes of [`Reader::control`] that every driver knows.
pub mod control {
    /// Answers the input itself, from the thread that serves the reader.
    pub const ECHO: u32 = 0;
    /// From here on codes are the maker's own.
    pub const FIRST_MAKER_CODE: u32 = 0x1_0000;
}

/// A reader as its driver describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderInfo {
    /// Port or serial: unique within the driver, the same after re-plugging; ASCII letters, digits and `-_.:/@#`.
    pub selector: String,
    /// The name people know it by.
    pub display_name: String,
    /// What the device says that it can do.
    pub capabilities: Vec<Capability>,
    /// Whether something lies on it now.
    pub card_present: bool,
    /// Why it cannot be opened, where it cannot.
    pub unavailable: Option<Error>,
}

/// An open reader. Dropping it powers the card off and closes the device.
///
/// The card part is the foundation; what a reader cannot do beyond it stays at the default, which says
/// [`Error::Unsupported`].
///
/// This version of the host calls the card part and [`Reader::control`]. The rest crosses the border, so that the
/// border need not change for it, but nothing calls it yet.
pub trait Reader: Send {
    /// Powers the card up for exclusive use.
    ///
    /// # Errors
    /// [`Error::NoCard`], [`Error::CardUnresponsive`], [`Error::ReaderBusy`], [`Error::ReaderRemoved`], …
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error>;

    /// Sends one command APDU; `response` is cleared and receives data and status word.
    ///
    /// A card that was pulled in the middle is [`Error::CardRemoved`], never a short response. The driver repeats
    /// nothing by itself.
    ///
    /// # Errors
    /// [`Error::CardRemoved`], [`Error::CardReset`], [`Error::ReaderRemoved`], …
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error>;

    /// Powers the card off, so that nothing stays verified. Does nothing where none is powered.
    fn power_off(&mut self);

    /// Shows a screen and waits for the patient's answer. Needs [`Capability::Screen`]. Not called in this version.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        let _ = (screen, call);
        Err(Error::Unsupported)
    }

    /// Takes a PIN on the device; `None` where the patient chose not to. Needs [`Capability::PinPad`]. Not called in
    /// this version.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let _ = (request, call);
        Err(Error::Unsupported)
    }

    /// Verifies the face by the maker's own operation. Needs [`Capability::Face`]. Not called in this version.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn verify_face(&mut self, call: &Call) -> Result<FaceOutcome, Error> {
        let _ = call;
        Err(Error::Unsupported)
    }

    /// Has the maker's program lead the whole visit. Needs [`Capability::Delegated`]. Not called in this version.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        call: &Call,
    ) -> Result<Outcome, Error> {
        let _ = (plan, progress, call);
        Err(Error::Unsupported)
    }

    /// The way for what this version does not name. [`control::ECHO`] is answered by every driver.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a code that the driver does not know.
    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        let _ = call;
        match code {
            control::ECHO => Ok(input.to_vec()),
            _ => Err(Error::Unsupported),
        }
    }
}
