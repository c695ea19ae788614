//! What a reader with a screen shows and what the patient answers.
//!
//! These cross the plugin border as a versioned message, so that pages can grow while the border stays frozen: a
//! driver answers that it does not support a page that it does not know, and the gateway asks the caller instead.

use serde::{Deserialize, Serialize};

use crate::check_in::Guidance;
use crate::consent::Item;
use crate::{Medium, Method, Reason};

/// What to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// The page.
    pub page: Page,
    /// BCP 47 language to show it in; a driver that does not have it shows Japanese.
    pub language: String,
}

/// One page of a visit.
///
/// A page that [asks](Page::asks) is shown until the patient answers. Any other is answered with [`Answer::Seen`] as
/// soon as it is shown, and stays until the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Page {
    /// Nothing is going on: welcome.
    Idle,
    /// Asks: which medium? Only what the counter can read now.
    ChooseMedium {
        /// The buttons, in this order.
        options: Vec<Medium>,
        /// What to say above them: something was held up too early, or it was another medium.
        #[serde(default)]
        notice: Option<Guidance>,
    },
    /// Asks: how to be verified? Only what this card and this reader allow.
    ChooseMethod {
        /// The buttons, in this order.
        options: Vec<Method>,
    },
    /// Put the card on the reader, or hold the phone to the reader that reads phones.
    Present {
        /// Which.
        medium: Medium,
    },
    /// Something to do, or to do again.
    Guide {
        /// What.
        guidance: Guidance,
    },
    /// Asks: shall the card be registered as insurance card (利用登録)?
    Register,
    /// Asks: one item of consent.
    Consent {
        /// Which.
        item: Item,
        /// The sentence in the screen's language, of the wording's version that the receipt will name, after the name of
        /// who asks, where that is configured: `Sakura Clinic: Do you agree …`.
        text: String,
    },
    /// Asks staff, who compare face and card by eye (目視): is it the same person?
    StaffCheck,
    /// Reception is complete.
    Completed,
    /// It came to nothing: please go to the counter.
    Failed,
    /// Take the card along.
    TakeCard,
}

impl Page {
    /// Whether the page waits for a person.
    #[must_use]
    pub const fn asks(&self) -> bool {
        matches!(
            self,
            Self::ChooseMedium { .. }
                | Self::ChooseMethod { .. }
                | Self::Register
                | Self::Consent { .. }
                | Self::StaffCheck
        )
    }
}

/// What a person answered on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// The page asks nothing and is shown now.
    Seen,
    /// The medium.
    Medium(Medium),
    /// The method.
    Method(Method),
    /// Agreed.
    Yes,
    /// Did not agree.
    No,
    /// Wants the page in another language: BCP 47.
    Language(String),
    /// Wants to stop.
    Quit,
}

/// Who types a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PinHolder {
    /// The patient.
    #[default]
    Patient,
    /// A child's guardian.
    Guardian,
}

/// How to ask for a PIN on the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinRequest {
    /// For which medium.
    pub medium: Medium,
    /// How many digits.
    pub digits: u8,
    /// Tries left, where known.
    pub tries_left: Option<u8>,
    /// Who types it.
    pub holder: PinHolder,
    /// Why it is asked again.
    pub again_because: Option<Reason>,
    /// BCP 47 language to ask in.
    pub language: String,
}

/// How to ask for a face verification on the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceRequest {
    /// How the one before ended, where it is done again.
    pub again_because: Option<FaceOutcome>,
    /// BCP 47 language to guide in.
    pub language: String,
}

/// How a face verification by the maker's operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaceOutcome {
    /// The face is the one on the card: until the card loses its power its key signs without a PIN.
    Match,
    /// It is not.
    NoMatch,
    /// No face was seen.
    NoFace,
    /// More than one face was seen.
    SeveralFaces,
    /// The camera is covered or broken.
    CameraCovered,
    /// The patient does not want to.
    Declined,
}
