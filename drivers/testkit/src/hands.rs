//! A hand on the device, for rules that need one.

mod person;
#[cfg(unix)]
mod slot;
mod stage;

use std::fmt;
use std::time::Duration;

use madoguchi_core::screen::{Answer, FaceOutcome};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use person::{Answering, Person};
#[cfg(unix)]
pub(crate) use slot::SlotHands;
pub use stage::StageHands;

/// What a hand is able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skill {
    /// Put a card on and take it away.
    Card,
    /// Have a card that goes wrong.
    Faults,
    /// Press buttons and type.
    Fingers,
    /// Stand in front of the camera, or not.
    Face,
    /// Pull the plug and put it back.
    Plug,
    /// Put the plug into another port, and freeze the device.
    Bench,
    /// See whether the card has power.
    Power,
    /// See the inside of the device: its page, the PINs that it holds.
    Inside,
}

impl fmt::Display for Skill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Card => "put a card on and take it away",
            Self::Faults => "put a card on that goes wrong",
            Self::Fingers => "press buttons and type",
            Self::Face => "stand in front of the camera",
            Self::Plug => "pull the plug",
            Self::Bench => "freeze the device, or move it to another port",
            Self::Power => "see whether the card has power",
            Self::Inside => "look into the device",
        })
    }
}

/// Something to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Everything as at the beginning: plugged in, nothing on it, no faults.
    Reset,
    /// Put a good card on.
    Insert,
    /// Put a card on that is pulled at its n-th APDU.
    InsertPulledAt(u32),
    /// Put a card on that takes that long for each APDU.
    InsertSlow(u32),
    /// Take it away.
    Remove,
    /// Wait for the button that answers this, and press it.
    Press(Answer),
    /// Wait for the PIN pad and type so many digits; the child never has them in one piece.
    Type {
        /// What they are made from.
        seed: u32,
        /// How many.
        count: u8,
    },
    /// Wait for the PIN pad and choose not to type.
    CancelPin,
    /// What the camera sees from now on; none: nobody comes.
    Face(Option<FaceOutcome>),
    /// Pull the plug.
    Unplug,
    /// Put it back, perhaps into another port.
    Replug(Option<String>),
    /// The device does not react any more.
    Freeze,
    /// It will not react any more as soon as it is spoken to.
    FreezeAtOnce,
    /// Wait for the page that asks for consent and answer it; the card is chosen where the medium is asked for before.
    Consent(bool),
    /// Wait until the camera looks; the card is chosen where the medium is asked for before.
    AwaitCamera,
    /// Wait until the device asks something.
    AwaitQuestion,
    /// Look.
    Look,
}

/// What can be seen of the device; what cannot be seen is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The page.
    pub page: Option<String>,
    /// What its buttons answer.
    pub buttons: Vec<Answer>,
    /// Whether the card has power.
    pub powered: Option<bool>,
    /// PIN buffers that the device holds.
    pub pins_held: Option<usize>,
    /// Whether the plug was put back just now, so that the driver has to find the device anew.
    pub replugged: bool,
    /// PINs that the card was sent.
    pub pins_sent: Option<u32>,
}

/// Why a deed came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The device does not offer it.
    #[error("the device did not offer it: {0}")]
    NotOffered(String),
    /// This hand cannot do it.
    #[error("nobody here can do that")]
    CannotDo,
    /// Nobody answers.
    #[error("whoever acts on the device is gone: {0}")]
    Gone(String),
}

/// Somebody who acts on the device.
pub trait Hands: Send {
    /// What it is called in a report.
    fn name(&self) -> &'static str;

    /// What it is able to do.
    fn skills(&self) -> Vec<Skill>;

    /// How long it may take until something is done that it was asked for.
    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// Does it.
    ///
    /// # Errors
    /// Where it came to nothing.
    fn act(&mut self, deed: &Deed) -> Result<Seen, Refusal>;
}

/// The n-th digit of a made-up PIN, as ASCII.
pub(crate) fn digit(seed: u32, index: u8) -> u8 {
    let mixed = seed
        .wrapping_add(u32::from(index).wrapping_mul(0x9E37_79B9))
        .wrapping_mul(0x85EB_CA6B);
    b'0' + u8::try_from((mixed >> 13) % 10).unwrap_or_default()
}
