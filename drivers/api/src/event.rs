//! What happens to readers.

use serde::{Deserialize, Serialize};

use crate::ReaderInfo;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A reader was connected, or something about it changed (its name, whether it can be opened).
    ReaderChanged(ReaderInfo),
    /// A reader was disconnected.
    ReaderGone {
        /// Which.
        selector: String,
    },
    /// A card was put on a reader or a phone held to it; before a visit this is the early tap.
    CardInserted {
        /// Where.
        selector: String,
    },
    /// It was taken away.
    CardGone {
        /// Where.
        selector: String,
    },
    /// The patient touched the screen while no visit was running.
    Touched {
        /// Where.
        selector: String,
    },
}
