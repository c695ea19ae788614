//! A reader: one device, used by one thread at a time.

use madoguchi_core::Pin;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use serde::{Deserialize, Serialize};

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
    /// The model, as the device says; empty where nobody knows.
    #[serde(default)]
    pub model: String,
    /// The version of the device's own software, as the device says; empty where nobody knows.
    #[serde(default)]
    pub firmware: String,
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
/// [`Error::Unsupported`]. Its capabilities say what it can do, and what they say must be true.
pub trait Reader: Send {
    /// Powers the card up for exclusive use.
    ///
    /// # Errors
    /// [`Error::NoCard`], [`Error::CardUnresponsive`], [`Error::CardNotRecognized`], [`Error::ReaderBusy`],
    /// [`Error::ReaderRemoved`], …
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

    /// Shows a page. One that [asks](madoguchi_core::screen::Page::asks) waits for the answer; any other is answered
    /// with [`Answer::Seen`] as soon as it is shown, and stays until the next one. A call that ends early clears its
    /// page. Needs [`Capability::Screen`]. A page that the driver does not know is [`Error::Unsupported`].
    ///
    /// A card that is powered stays powered meanwhile.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        let _ = (screen, call);
        Err(Error::Unsupported)
    }

    /// Takes a PIN on the device; `None` where the patient chose not to. The digits are nowhere in the driver or the
    /// device when this returned. Needs [`Capability::PinPad`].
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let _ = (request, call);
        Err(Error::Unsupported)
    }

    /// Verifies the face by the maker's own operation against the powered card. After
    /// [`FaceOutcome::Match`] the JPKI application is selected and its key signs without a PIN until the card loses
    /// its power (assumed: 特定機関認証, which only a maker's certified reader software can do). Needs
    /// [`Capability::Face`].
    ///
    /// # Errors
    /// [`Error::NoCard`] where none is powered, [`Error::Unsupported`], [`Error::Timeout`], [`Error::Cancelled`], …
    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        let _ = (request, call);
        Err(Error::Unsupported)
    }

    /// Staff compared face and card and said that it is the person (目視): by the maker's own operation the powered
    /// card's key signs without a PIN, as after [`FaceOutcome::Match`] (assumed). Needs [`Capability::StaffVisual`] or
    /// [`Capability::RemoteVisual`].
    ///
    /// # Errors
    /// [`Error::NoCard`] where none is powered, [`Error::Unsupported`], …
    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        let _ = call;
        Err(Error::Unsupported)
    }

    /// Has the maker's program lead the whole visit. Needs [`Capability::Delegated`].
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
