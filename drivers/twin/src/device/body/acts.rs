//! What people and time do to a device.

use std::time::Instant;

use madoguchi_core::screen::{Answer, FaceOutcome};

use super::{Body, Screen};
use crate::Faults;
use crate::device::slot::CardKind;
use crate::device::{BodyEvent, Digits, FaceScript, Refused};

impl Body {
    /// Presses a button of the panel.
    pub(in crate::device) fn press(&mut self, answer: Answer) -> Result<(), Refused> {
        let Screen::Panel(panel) = &self.screen else {
            return Err(Refused::NoSuchButton);
        };
        if !panel.offers(&answer) {
            return Err(Refused::NoSuchButton);
        }
        self.push(match answer {
            Answer::Quit => BodyEvent::Quit,
            answer => BodyEvent::Pressed(answer),
        });
        Ok(())
    }

    pub(in crate::device) fn touch(&mut self) {
        self.push(BodyEvent::Touched);
    }

    /// Types on the pad. The last digit closes it; what is typed after that hits nothing.
    pub(in crate::device) fn type_digits(&mut self, digits: &[u8]) -> Result<(), Refused> {
        let Screen::Pin { pad, typed } = &mut self.screen else {
            return Err(Refused::NoPinPad);
        };
        let wanted = usize::from(pad.digits.min(super::PinPad::MAX_DIGITS));
        for digit in digits {
            if typed.len() < wanted {
                typed.push(*digit);
            }
        }
        let full = typed.len() >= wanted;
        self.sequence += 1;
        if full {
            let typed = std::mem::replace(typed, Digits::new(&self.alive_digits));
            self.clear();
            self.push(BodyEvent::Pin(typed));
        }
        Ok(())
    }

    pub(in crate::device) fn cancel_pin(&mut self) -> Result<(), Refused> {
        if !self.is_asking_pin() {
            return Err(Refused::NoPinPad);
        }
        self.clear();
        self.push(BodyEvent::PinCancelled);
        Ok(())
    }

    /// The patient turns away from the camera.
    pub(in crate::device) fn decline_face(&mut self) -> Result<(), Refused> {
        if !self.is_asking_face() {
            return Err(Refused::NoCamera);
        }
        self.clear();
        self.push(BodyEvent::Face(FaceOutcome::Declined));
        Ok(())
    }

    /// The device's own key to stop. A pad or a camera ends with it.
    pub(in crate::device) fn quit(&mut self) {
        if self.is_asking_pin() || self.is_asking_face() {
            self.clear();
        }
        self.push(BodyEvent::Quit);
    }

    pub(in crate::device) fn set_face(&mut self, face: FaceScript) {
        // A camera that waits for somebody sees him now.
        if let Screen::Face { due: due @ None } = &mut self.screen
            && face.somebody()
        {
            *due = Some(Instant::now() + face.think());
        }
        self.face = face;
    }

    pub(in crate::device) fn put_card(
        &mut self,
        name: &str,
        kind: CardKind,
        faults: Faults,
        fresh: bool,
    ) -> Result<(), Refused> {
        if !self.slot.insert(name, kind, faults, fresh) {
            return Err(Refused::SlotOccupied);
        }
        self.push(BodyEvent::CardIn);
        Ok(())
    }

    pub(in crate::device) fn take_card(&mut self) -> Result<(), Refused> {
        if !self.slot.take() {
            return Err(Refused::SlotEmpty);
        }
        self.push(BodyEvent::CardOut);
        if self.slot.card_present() {
            self.push(BodyEvent::CardIn);
        }
        Ok(())
    }

    /// Holds something up while another thing lies there.
    pub(in crate::device) fn put_beside(
        &mut self,
        name: &str,
        kind: CardKind,
        faults: Faults,
    ) -> Result<(), Refused> {
        if self.slot.is_crowded() {
            return Err(Refused::SlotOccupied);
        }
        if !self.slot.insert_beside(name, kind, faults) {
            return Err(Refused::SlotEmpty);
        }
        self.push(BodyEvent::CardIn);
        Ok(())
    }

    /// Takes the second thing away again: the other is told anew.
    pub(in crate::device) fn take_beside(&mut self) -> Result<(), Refused> {
        if !self.slot.take_beside() {
            return Err(Refused::SlotEmpty);
        }
        self.push(BodyEvent::CardOut);
        self.push(BodyEvent::CardIn);
        Ok(())
    }

    pub(in crate::device) fn arm(&mut self) {
        self.slot.arm();
    }

    pub(in crate::device) fn jump_clock(&mut self, by: time::Duration) {
        self.clock_offset = self.clock_offset.saturating_add(by);
    }

    /// The device lost its power: only what lies in the slot stays.
    pub(in crate::device) fn reset(&mut self) {
        self.clear();
        self.light = None;
        self.wake_at = None;
        self.pending.clear();
        self.slot.lose_power();
        self.sequence += 1;
    }

    /// What a device finds when it starts.
    pub(in crate::device) fn start_up(&mut self) {
        if self.slot.card_present() {
            self.push(BodyEvent::CardIn);
        }
    }

    /// When something is due.
    pub(in crate::device) fn next_due(&self) -> Option<Instant> {
        let face = match self.screen {
            Screen::Face { due } => due,
            _ => None,
        };
        [face, self.wake_at].into_iter().flatten().min()
    }

    /// Lets happen what is due, and what follows from what the front did.
    pub(in crate::device) fn settle(&mut self, now: Instant) {
        if self.slot.take_pulled() {
            self.push(BodyEvent::CardOut);
        }
        if let Screen::Face { due } = self.screen {
            if !self.slot.is_powered() {
                self.clear();
                self.push(BodyEvent::FaceNoCard);
            } else if due.is_some_and(|due| due <= now) {
                let event = self.look();
                self.clear();
                self.push(event);
            }
        }
        if self.wake_at.is_some_and(|at| at <= now) {
            self.wake_at = None;
            self.push(BodyEvent::Woke);
        }
    }

    fn look(&mut self) -> BodyEvent {
        match self.face.next() {
            Some(FaceOutcome::Match) if !self.slot.authorize() => BodyEvent::FaceNoCard,
            Some(outcome) => BodyEvent::Face(outcome),
            // Scripts without anybody have no due time.
            None => BodyEvent::Face(FaceOutcome::NoFace),
        }
    }
}
