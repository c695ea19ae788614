//! A reader as the service shows it.

use std::ffi::CString;

use pcsc::{ReaderState, State};

/// One reader of the service, at one moment. PC/SC cannot tell contactless readers from contact slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The service's name for it; changes with each re-plugging.
    pub name: CString,
    /// Whether a card lies on it, also one that does not answer.
    pub card_present: bool,
    /// Whether a program, this one or another, holds it for itself.
    pub held: bool,
    /// Rises with each card put on and each taken off, and wraps.
    pub card_moves: u16,
}

impl Slot {
    pub(super) fn of(state: &ReaderState) -> Self {
        let seen = state.event_state();
        Self {
            name: state.name().to_owned(),
            card_present: seen.contains(State::PRESENT),
            held: seen.contains(State::EXCLUSIVE),
            // Sixteen bits by definition of the event state.
            card_moves: u16::try_from(state.event_count()).unwrap_or_default(),
        }
    }
}
