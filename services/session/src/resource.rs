//! What may be kept in a table.

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::authentication::{Authentication, State};
use madoguchi_core::check_in::{CancelledBy, CheckIn, Outcome, State as CheckInState};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::{CounterId, Reason};
use madoguchi_usage::{Check, Key, Kind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use crate::Ending;

/// A resource that changes until it ends.
pub trait Resource: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its kind, as the store names it.
    const KIND: &'static str;
    /// The reason where an id is not known.
    const NOT_FOUND: Reason;

    /// Its name.
    fn id(&self) -> &str;
    /// Where it happens.
    fn counter_id(&self) -> &CounterId;
    /// The number of its state: 1 at the start, rising with each publication.
    fn sequence(&self) -> u64;
    /// Whether nothing follows any more.
    fn is_terminal(&self) -> bool;
    /// Takes the number and the time of a new state; only the table calls it.
    fn stamp(&mut self, sequence: u64, updated_at: OffsetDateTime);
    /// What auditors are told of its beginning, where they are.
    fn beginning(&self) -> Option<Event>;
    /// What comes with its end.
    fn ending(&self) -> Ending;
}

impl Resource for CheckIn {
    const KIND: &'static str = "check_in";
    const NOT_FOUND: Reason = Reason::CheckInNotFound;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn counter_id(&self) -> &CounterId {
        &self.counter_id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    fn stamp(&mut self, sequence: u64, updated_at: OffsetDateTime) {
        self.sequence = sequence;
        self.updated_at = updated_at;
    }

    fn beginning(&self) -> Option<Event> {
        Some(self.event(Action::CheckInStarted, None))
    }

    fn ending(&self) -> Ending {
        let reason = match &self.outcome {
            None | Some(Outcome::Completed(_)) => None,
            Some(Outcome::Deferred(deferred)) => Some(deferred.reason),
            Some(Outcome::Failed(failure)) => Some(failure.reason),
            Some(Outcome::Cancelled(by)) => Some(cancelled(*by)),
            Some(Outcome::Expired) => Some(Reason::VisitExpired),
        };
        Ending {
            event: self.event(Action::CheckInEnded, reason),
            evidence: self.evidence.clone(),
            check: counted(self),
        }
    }
}

/// What the usage report counts: a visit that the eligibility service answered.
fn counted(ended: &CheckIn) -> Option<Check> {
    (ended.state == CheckInState::Completed).then(|| Check {
        key: Key::of_check_in(&ended.id),
        day: day_in_japan(ended.updated_at),
        counter_id: Some(ended.counter_id.clone()),
        kind: Kind::Card,
        medium: ended.medium,
        method: ended.method,
    })
}

const fn cancelled(by: CancelledBy) -> Reason {
    match by {
        CancelledBy::Caller => Reason::VisitCancelled,
        CancelledBy::Shutdown => Reason::GatewayShuttingDown,
        CancelledBy::Patient => Reason::PatientQuit,
    }
}

impl Resource for Authentication {
    const KIND: &'static str = "authentication";
    const NOT_FOUND: Reason = Reason::AuthenticationNotFound;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn counter_id(&self) -> &CounterId {
        &self.counter_id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    fn stamp(&mut self, sequence: u64, updated_at: OffsetDateTime) {
        self.sequence = sequence;
        self.updated_at = updated_at;
    }

    fn beginning(&self) -> Option<Event> {
        None
    }

    fn ending(&self) -> Ending {
        let reason = match self.state {
            State::Cancelled => Some(self.cancelled_by.map_or(Reason::VisitCancelled, cancelled)),
            State::Expired => Some(Reason::VisitExpired),
            _ => self.failure.as_ref().map(|failure| failure.reason),
        };
        let event = Event {
            caller: Some(self.caller.clone()),
            counter_id: Some(self.counter_id.clone()),
            authentication_id: Some(self.id.clone()),
            medium: self.medium,
            method: self.method,
            reason,
            ..Event::new(Action::AuthenticationEnded)
        };
        Ending {
            event,
            evidence: None,
            check: None,
        }
    }
}
