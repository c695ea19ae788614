//! Lights and beeps.

use serde::{Deserialize, Serialize};

/// The colour of a light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Ready, or done.
    Green,
    /// Busy.
    Blue,
    /// Look here.
    Yellow,
    /// Trouble.
    Red,
    /// Lit without a meaning.
    White,
}

/// Something to see or to hear beside the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The light goes on in that colour.
    Light(Colour),
    /// The light goes off.
    LightOff,
    /// So many beeps.
    Beep(u8),
}
