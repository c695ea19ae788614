//! The one screen: it shows one thing at a time.

use std::time::Instant;

use crate::device::{Digits, Panel, PinPad};

pub(super) enum Screen {
    Blank,
    Panel(Panel),
    Pin {
        pad: PinPad,
        typed: Digits,
    },
    /// The camera's picture, and when it is done; none: nobody is in front of it.
    Face {
        due: Option<Instant>,
    },
}
