//! What a reader with a screen shows and what the patient answers.
//!
//! These cross the plugin border as a versioned message, so that screens can grow while the border stays frozen: a
//! driver answers [`Error::Unsupported`](crate::Error::Unsupported) to a screen that it does not know.

use madoguchi_core::Medium;
use madoguchi_core::consent::Item;
use serde::{Deserialize, Serialize};

/// What to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Screen {
    /// Nothing is going on: welcome.
    Idle,
    /// Which medium? Only what the counter can read now.
    ChooseMedium {
        /// The buttons.
        options: Vec<Medium>,
    },
    /// Put the card on the reader, or hold the phone to it.
    Present {
        /// Which.
        medium: Medium,
    },
    /// One item of consent.
    Consent {
        /// Which.
        item: Item,
        /// The sentence.
        text: String,
        /// BCP 47 language of the sentence.
        language: String,
    },
    /// A sentence to read.
    Message {
        /// The sentence.
        text: String,
        /// BCP 47 language of the sentence.
        language: String,
    },
    /// Take the card along.
    TakeCard,
}

/// What the patient answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// The screen asked nothing, or the patient read it.
    Seen,
    /// The medium.
    Medium(Medium),
    /// Agreed.
    Yes,
    /// Did not agree.
    No,
    /// Wants to stop.
    Quit,
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
}

/// How a face verification by the maker's operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaceOutcome {
    /// The face is the one on the card.
    Match,
    /// It is not.
    NoMatch,
    /// No face was seen.
    NoFace,
    /// More than one face was seen.
    SeveralFaces,
}
