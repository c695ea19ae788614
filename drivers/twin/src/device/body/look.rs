//! What can be seen of a body.

use super::{Body, Screen};
use crate::device::stage::{PinState, State};

impl Body {
    /// Something else than the body changed that can be seen.
    pub(in crate::device) const fn change(&mut self) {
        self.sequence += 1;
    }

    pub(in crate::device) const fn sequence(&self) -> u64 {
        self.sequence
    }

    pub(in crate::device) const fn shown(&self) -> u64 {
        self.shown
    }

    /// The state, but for what the twin around the body knows: link, power and frames.
    pub(in crate::device) fn state(&self) -> State {
        let pin = match &self.screen {
            Screen::Pin { pad, typed } => Some(PinState {
                pad: pad.clone(),
                typed: typed.len(),
            }),
            _ => None,
        };
        State {
            sequence: self.sequence,
            identity: self.identity.clone(),
            place: None,
            connected: false,
            frozen: false,
            shown: self.shown,
            panel: self.panel().cloned(),
            pin,
            face: self.is_asking_face(),
            pages: self.pages.iter().copied().collect(),
            light: self.light,
            beeps: self.beeps,
            card_present: self.slot.card_present(),
            card: self.slot.state(),
            pins_held: self.pins_held(),
            frames_in: 0,
            frames_out: 0,
            faults_met: 0,
        }
    }
}
