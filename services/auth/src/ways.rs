//! What the readers of a counter can still do when a visit failed, and the failure with its next steps.

use std::collections::BTreeSet;

use madoguchi_core::check_in::{Failure, NextStep};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::fallback::Presented;
use madoguchi_core::reader::{Capability, Snapshot};
use madoguchi_core::{Medium, Reason};
use madoguchi_fallback::{Situation, Ways, next_steps};
use time::OffsetDateTime;

use crate::counters::Counter;

/// What the readers of that counter can do now. Of the PIN no reader knows.
#[must_use]
pub fn ways_at(counter: &Counter, snapshot: &Snapshot) -> Ways {
    let can = |capability| {
        snapshot.readers.iter().any(|reader| {
            counter.has(reader) && reader.obstacle().is_none() && reader.capabilities.contains(&capability)
        })
    };
    Ways {
        face: can(Capability::Face),
        visual: can(Capability::StaffVisual) || can(Capability::RemoteVisual),
        card: can(Capability::NfcCard) || can(Capability::Delegated),
        pin: false,
    }
}

/// The failure of a visit that began at that moment, with its next steps. Nobody asked whether it is a first visit, and
/// what the patient has at hand.
#[must_use]
pub fn failure(reason: Reason, medium: Option<Medium>, ways: Ways, began: OffsetDateTime) -> Failure {
    let steps = next_steps(&Situation {
        reason: Some(reason),
        presented: medium.map_or(Presented::Unknown, Presented::Medium),
        visit: None,
        date: day_in_japan(began),
        lacks: BTreeSet::new(),
        ways,
    });
    Failure {
        reason,
        next_steps: steps.into_iter().map(|step| step.step).collect(),
    }
}

/// What may be done at the counter while the eligibility service is away and the person is known: the same steps, but to try
/// again, which would only put the patient through it once more.
#[must_use]
pub fn meanwhile(reason: Reason, medium: Option<Medium>, ways: Ways, began: OffsetDateTime) -> Vec<NextStep> {
    let mut steps = failure(reason, medium, ways, began).next_steps;
    steps.retain(|step| !matches!(step, NextStep::TryAgain | NextStep::UseCard));
    steps
}

#[cfg(test)]
mod tests;
