//! Verifies the face against the active card: the maker's own operation.

use madoguchi_driver_api::screen::{FaceOutcome, FaceRequest};
use minicbor::{Decode, Encode};

use super::{Command, Patience, Repeat, number};

/// How the patient is guided.
#[derive(Encode)]
#[cbor(map)]
pub(crate) struct Face {
    #[n(1)]
    again_because: Option<u8>,
    #[n(2)]
    language: String,
}

impl Face {
    /// The request, in a language that the device holds.
    pub(crate) fn new(request: &FaceRequest, language: String) -> Self {
        Self {
            again_because: request.again_because.and_then(number::outcome),
            language,
        }
    }
}

impl Command for Face {
    const OPERATION: u8 = 5;
    const PATIENCE: Patience = Patience::Person;
    const REPEAT: Repeat = Repeat::WhereUnknown;
}

/// How it ended.
#[derive(Debug, Decode)]
#[cbor(map)]
pub(crate) struct FaceDone {
    #[n(1)]
    outcome: u8,
}

impl FaceDone {
    /// The same in the gateway's words; none for an outcome that means nothing.
    pub(crate) fn outcome(&self) -> Option<FaceOutcome> {
        let at = usize::from(self.outcome).checked_sub(1)?;
        number::OUTCOMES.get(at).copied()
    }
}
