//! The ladder (本人確認の順): face, again, PIN, staff's eyes, and then nothing. Which rungs there are is data: of the
//! reader, the card and what failed already.

use madoguchi_core::Method;
use madoguchi_core::reader::{Capability, PinStatus};

/// One way to verify the person with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rung {
    Face,
    Pin,
    Visual,
}

/// The ways that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ladder {
    pub(crate) face: bool,
    pub(crate) pin: bool,
    pub(crate) visual: bool,
    /// Whether staff can confirm on the reader itself.
    pub(crate) visual_on_reader: bool,
    /// How often the face was looked at.
    pub(crate) faces: u32,
}

impl Ladder {
    /// What this reader can do with this card.
    pub(crate) fn new(can: impl Fn(Capability) -> bool, pin: PinStatus, faces: u32, max_faces: u32) -> Self {
        Self {
            face: can(Capability::Face) && faces < max_faces,
            // A card without a PIN never sees a PIN screen.
            pin: matches!(pin, PinStatus::TriesLeft(_)),
            visual: can(Capability::StaffVisual) || can(Capability::RemoteVisual),
            visual_on_reader: can(Capability::StaffVisual),
            faces,
        }
    }

    /// The next way, best first. The last try of a PIN comes after everything else: patient and staff have to agree
    /// that it is spent.
    pub(crate) const fn next(self, last_try: bool) -> Option<Rung> {
        if self.face {
            Some(Rung::Face)
        } else if self.pin && !last_try {
            Some(Rung::Pin)
        } else if self.visual {
            Some(Rung::Visual)
        } else if self.pin {
            Some(Rung::Pin)
        } else {
            None
        }
    }

    /// What may be chosen now, in the order in which it is offered.
    pub(crate) fn methods(self) -> Vec<Method> {
        Method::ALL
            .into_iter()
            .filter(|method| match method {
                Method::Face => self.face,
                Method::Pin | Method::GuardianPin => self.pin,
                Method::StaffVisual => self.visual,
                Method::Device => false,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder(can: &[Capability], pin: PinStatus) -> Ladder {
        Ladder::new(|one| can.contains(&one), pin, 0, 2)
    }

    #[test]
    fn rungs_come_in_the_ministry_s_order() {
        let full = [Capability::Face, Capability::StaffVisual];
        let mut ladder = ladder(&full, PinStatus::TriesLeft(3));
        assert_eq!(ladder.next(false), Some(Rung::Face));
        ladder.face = false;
        assert_eq!(ladder.next(false), Some(Rung::Pin));
        assert_eq!(
            ladder.next(true),
            Some(Rung::Visual),
            "the last try is not spent lightly"
        );
        ladder.visual = false;
        assert_eq!(ladder.next(true), Some(Rung::Pin));
        ladder.pin = false;
        assert_eq!(ladder.next(false), None);
    }

    #[test]
    fn a_card_without_a_pin_never_sees_a_pin_screen() {
        for status in [PinStatus::NotSet, PinStatus::Locked] {
            let ladder = ladder(&[Capability::Face, Capability::RemoteVisual], status);
            assert_eq!(ladder.methods(), [Method::Face, Method::StaffVisual]);
            assert!(!ladder.visual_on_reader);
        }
    }

    #[test]
    fn a_reader_that_only_reads_cards_has_the_pin() {
        let ladder = ladder(&[Capability::NfcCard], PinStatus::TriesLeft(2));
        assert_eq!(ladder.methods(), [Method::Pin, Method::GuardianPin]);
    }
}
