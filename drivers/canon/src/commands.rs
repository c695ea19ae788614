//! What the device is told to do, an operation a file.

mod ask;
mod face;
mod hello;
mod pin;
mod recall;
mod show;
mod stop;
mod target;
mod visual;

use minicbor::Encode;

pub(crate) use ask::{AnswerCode, Answered, Ask};
pub(crate) use face::{Face, FaceDone};
pub(crate) use hello::{About, Hello};
pub(crate) use pin::{AskPin, Typed};
pub(crate) use recall::Recall;
pub(crate) use show::Show;
pub(crate) use stop::Stop;
pub(crate) use target::{Activate, Activated, Deactivate, Exchange, Exchanged, InField, Targets};
pub(crate) use visual::AcceptVisual;

/// One operation; it encodes as its parameters.
pub(crate) trait Command: Encode<()> {
    /// Its number.
    const OPERATION: u8;
    /// What its answer waits for.
    const PATIENCE: Patience = Patience::Quick;
    /// Whether it may be sent again where its answer is lost.
    const REPEAT: Repeat = Repeat::Never;
    /// Whether a device that restarted meanwhile is told again: it is about no card's power.
    const OUTLIVES_RESTART: bool = false;

    /// How many bytes its parameters take at most, where they may hold a secret: the buffer is made that long, so that
    /// it never moves and leaves no copy behind.
    fn room(&self) -> usize {
        64
    }
}

/// What an answer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// For nothing: it comes within a second.
    Quick,
    /// For a person.
    Person,
    /// For a chip.
    Chip,
}

/// When a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Never: an APDU may spend a try of a PIN, and a PIN is not asked for twice.
    Never,
    /// Where the device says that it never got it.
    WhereUnknown,
    /// Where nobody knows: done twice it is the same.
    Always,
}

/// Numbers of media, methods and outcomes on the wire.
pub(crate) mod number {
    use madoguchi_driver_api::screen::FaceOutcome;
    use madoguchi_driver_api::{Medium, Method};

    pub(crate) const fn medium(medium: Medium) -> u8 {
        match medium {
            Medium::Card => 1,
            Medium::Android => 2,
            Medium::IPhone => 3,
        }
    }

    pub(crate) const fn method(method: Method) -> u8 {
        match method {
            Method::Face => 1,
            Method::Pin => 2,
            Method::GuardianPin => 3,
            Method::StaffVisual => 4,
            Method::Device => 5,
        }
    }

    /// The number of an outcome; none for one that this driver does not know.
    pub(crate) fn outcome(outcome: FaceOutcome) -> Option<u8> {
        let at = OUTCOMES.iter().position(|known| *known == outcome)?;
        u8::try_from(at + 1).ok()
    }

    pub(crate) const OUTCOMES: [FaceOutcome; 6] = [
        FaceOutcome::Match,
        FaceOutcome::NoMatch,
        FaceOutcome::NoFace,
        FaceOutcome::SeveralFaces,
        FaceOutcome::CameraCovered,
        FaceOutcome::Declined,
    ];
}

#[cfg(test)]
mod tests;
