//! The flat tray: whatever is laid down is looked at for a chip, and is paper where none is found in time.

use std::time::{Duration, Instant};

use super::super::super::Body;

/// How long a chip is looked for.
const SEARCH: Duration = Duration::from_millis(1_500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tray {
    #[default]
    Empty,
    Chip,
    Paper,
    Searching(Instant),
}

impl Tray {
    /// Something was laid down; true where a chip was found at once.
    pub(super) fn laid_down(&mut self, body: &mut Body) -> bool {
        let found = has_chip(body);
        *self = if found {
            Self::Chip
        } else {
            Self::Searching(Instant::now() + SEARCH)
        };
        found
    }

    /// Whether the search has just ended without a chip.
    pub(super) fn gives_up(&mut self, now: Instant, body: &mut Body) -> bool {
        match *self {
            Self::Searching(until) if until <= now => {
                *self = if has_chip(body) { Self::Chip } else { Self::Paper };
                true
            }
            _ => false,
        }
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        match self {
            Self::Searching(until) => Some(*until),
            _ => None,
        }
    }

    pub(super) const fn byte(&self) -> &'static [u8] {
        match self {
            Self::Empty => b"0",
            Self::Chip => b"1",
            Self::Paper => b"2",
            Self::Searching(_) => b"3",
        }
    }
}

/// Whether something answers; it is left without power.
fn has_chip(body: &mut Body) -> bool {
    let found = body.slot().power_on().is_some();
    body.slot().power_off();
    found
}
