//! Results that nobody waits for, or that more than one visit could be waiting for.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Insurance;
use crate::{CheckInId, ResultId};

/// Why a result was given to no visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No visit was open at its time, or the one that could be it is over; or nobody knows its time.
    NoVisit,
    /// Several visits were open at its time, or over a little before.
    SeveralVisits,
    /// Several results came for one visit.
    SeveralResults,
    /// The one visit that was open expects somebody else.
    OtherPerson,
}

/// A result of the national service that staff have to give to a visit. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// Its name.
    pub id: ResultId,
    /// When the national service made it, as it says itself.
    pub confirmed_at: Option<OffsetDateTime>,
    /// When it was found.
    pub found_at: OffsetDateTime,
    /// Why no visit got it.
    pub why: Why,
    /// The visits that it could belong to.
    pub candidates: Vec<CheckInId>,
    /// Whom it is about, so that staff can tell: the insurances, without what needs consent.
    pub insurances: Vec<Insurance>,
}

impl std::fmt::Debug for Unmatched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unmatched")
            .field("id", &self.id)
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}
