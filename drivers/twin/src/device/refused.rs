//! Why an act on a device came to nothing.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why an act on a device came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refused {
    /// The panel has no button of that answer, or shows something else by now.
    #[error("no such button is shown")]
    NoSuchButton,
    /// No PIN is asked for.
    #[error("no PIN pad is shown")]
    NoPinPad,
    /// The camera does not run.
    #[error("no camera picture is shown")]
    NoCamera,
    /// Something lies in the slot.
    #[error("something lies in the slot already")]
    SlotOccupied,
    /// Nothing lies in the slot.
    #[error("nothing lies in the slot")]
    SlotEmpty,
    /// The device has no power or starts.
    #[error("the device is unplugged")]
    Unplugged,
    /// The device does not react.
    #[error("the device is frozen")]
    Frozen,
    /// There is no persona of that name.
    #[error("there is no persona of that name")]
    UnknownPersona,
    /// It cannot be plugged in there.
    #[error("the link cannot be made there")]
    NoLink,
    /// More wait for a change than a stage has room for.
    #[error("too many wait for a change")]
    TooMany,
    /// The twin has ended.
    #[error("the twin has ended")]
    Ended,
}
