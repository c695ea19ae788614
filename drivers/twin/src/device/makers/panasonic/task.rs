//! What is shown and waits for a person, and how that ended.

use madoguchi_core::screen::FaceOutcome;

use crate::device::Digits;

/// How a person ended it.
pub(super) enum Ending {
    Button(u8),
    Typed(Digits),
    PinCancelled,
    Face(FaceOutcome),
    /// The card left while the camera looked.
    NoCard,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A page; one without buttons waits for nobody.
    Page {
        asks: bool,
    },
    Pad,
    Camera,
}

/// What is shown.
pub(super) struct Task {
    pub(super) id: u16,
    kind: Kind,
    pub(super) ending: Option<Ending>,
}

impl Task {
    pub(super) const fn new(id: u16, kind: Kind) -> Self {
        Self {
            id,
            kind,
            ending: None,
        }
    }

    pub(super) fn is_pad(&self) -> bool {
        self.kind == Kind::Pad
    }

    pub(super) fn is_camera(&self) -> bool {
        self.kind == Kind::Camera
    }

    /// Whether a person is waited for.
    pub(super) fn waits(&self) -> bool {
        self.kind != Kind::Page { asks: false } && self.ending.is_none()
    }

    /// Ends it; its name where that was waited for, and fits.
    pub(super) fn end(&mut self, ending: Ending) -> Option<u16> {
        let fits = matches!(
            (&ending, self.kind),
            (Ending::Button(_), Kind::Page { asks: true })
                | (Ending::Typed(_) | Ending::PinCancelled, Kind::Pad)
                | (Ending::Face(_) | Ending::NoCard, Kind::Camera)
        );
        if !fits || !self.waits() {
            return None;
        }
        self.ending = Some(ending);
        Some(self.id)
    }
}
