//! What can be done to a device.

use std::fmt;

use madoguchi_core::Pin;
use madoguchi_core::screen::Answer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::Faults;
use crate::device::{CardKind, DeviceFaults, FaceScript};

/// What can be done to a device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Puts a persona's card on, or holds its phone to the device.
    Insert(Insert),
    /// Holds a second thing up while another lies there: a phone beside a card.
    InsertBeside(Insert),
    /// Takes away what lies there; a second thing is then what lies there.
    Remove,
    /// Takes the second thing away.
    RemoveBeside,
    /// The owner of the phone confirms in Wallet, by Face ID or Touch ID.
    Arm,
    /// Presses a button.
    Press {
        /// The button that answers this.
        answer: Answer,
        /// Only while [`State::shown`](super::State::shown) is still this.
        #[serde(default)]
        shown: Option<u64>,
    },
    /// Touches the screen where no button is.
    Touch,
    /// Types on the PIN pad.
    TypePin {
        /// The digits, all or some.
        digits: Typed,
    },
    /// Chooses not to type.
    CancelPin,
    /// Turns away from the camera.
    DeclineFace,
    /// Presses the device's own key to stop.
    Quit,
    /// Says who stands in front of the camera from now on.
    Face(FaceScript),
    /// Says what goes wrong from now on; frames count anew.
    Faults(DeviceFaults),
    /// Pulls the plug.
    Unplug {
        /// And puts it back after this; none: not by itself.
        #[serde(default)]
        back_after_ms: Option<u32>,
    },
    /// Puts the plug back, after pulling it where it is in.
    Replug {
        /// At another port.
        #[serde(default)]
        port: Option<String>,
    },
    /// Restarts the device.
    Reboot {
        /// How long it is away.
        takes_ms: u32,
    },
    /// The device does not react any more.
    Freeze {
        /// For how long; none: until somebody pulls the plug.
        #[serde(default)]
        for_ms: Option<u32>,
    },
    /// Nothing: the state is the answer.
    Look,
}

impl Act {
    /// Puts a persona's card on.
    #[must_use]
    pub fn insert(persona: &str) -> Self {
        Self::Insert(Insert {
            persona: persona.to_owned(),
            faults: Faults::default(),
            fresh: false,
            armed_ms: None,
            kind: None,
        })
    }

    /// Presses whatever button answers this now.
    #[must_use]
    pub const fn press(answer: Answer) -> Self {
        Self::Press { answer, shown: None }
    }

    /// Types a PIN.
    #[must_use]
    pub fn type_pin(pin: &Pin) -> Self {
        Self::TypePin {
            digits: Typed(Zeroizing::new(pin.expose().to_vec())),
        }
    }

    /// Whether a finger does it, on a device that has to react.
    pub(in crate::device) const fn needs_power(&self) -> bool {
        matches!(
            self,
            Self::Press { .. }
                | Self::Touch
                | Self::TypePin { .. }
                | Self::CancelPin
                | Self::DeclineFace
                | Self::Quit
                | Self::Freeze { .. }
        )
    }
}

/// A card to be put on.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insert {
    /// Whose: the name of a persona that comes with the house.
    pub persona: String,
    /// What goes wrong with it, APDUs counted from here.
    #[serde(default)]
    pub faults: Faults,
    /// A new card instead of the one of that name that was here before.
    #[serde(default)]
    pub fresh: bool,
    /// How long Wallet on a new phone stays armed from here; none: as the persona has it.
    #[serde(default)]
    pub armed_ms: Option<u32>,
    /// The card itself; none: the persona's, as of today.
    #[serde(skip)]
    pub kind: Option<CardKind>,
}

impl fmt::Debug for Insert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Insert")
            .field("persona", &self.persona)
            .field("faults", &self.faults)
            .field("fresh", &self.fresh)
            .finish_non_exhaustive()
    }
}

/// Digits to be typed.
#[derive(Clone)]
pub struct Typed(Zeroizing<Vec<u8>>);

impl Typed {
    /// Some digits.
    #[must_use]
    pub fn new(digits: &[u8]) -> Self {
        Self(Zeroizing::new(digits.to_vec()))
    }

    pub(in crate::device) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

// A stage's own line is the one place where digits travel as text: from a finger that is none.
impl Serialize for Typed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        Ok(Self(Zeroizing::new(digits.into_bytes())))
    }
}
