//! One eligibility check, without whom it was about.

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::{CallerId, CheckInId, CounterId, Medium, Method, RequestId};

use time::{Date, OffsetDateTime};

use crate::day_of;

/// What a check was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The My Number card or a phone that carries it.
    Card,
    /// Symbol and number of an insurance (記号・番号).
    Number,
    /// A 資格確認書.
    Certificate,
    /// Something else.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Card, Self::Number, Self::Certificate, Self::Other];

    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Number => "number",
            Self::Certificate => "certificate",
            Self::Other => "other",
        }
    }

    /// The kind of that stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The name of a check: the same name counts once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The check of a visit.
    #[must_use]
    pub fn of_check_in(id: &CheckInId) -> Self {
        Self(format!("check-in {id}"))
    }

    /// The check that a caller told of.
    #[must_use]
    pub fn of_request(caller: &CallerId, request: &RequestId) -> Self {
        // Neither can hold a space.
        Self(format!("request {caller} {request}"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One eligibility check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub key: Key,
    /// The day in Japan.
    pub day: Date,
    /// Where, where that is known.
    pub counter_id: Option<CounterId>,
    /// What it was made with.
    pub kind: Kind,
    /// What carried the card's certificate; nothing where no card was used.
    pub medium: Option<Medium>,
    /// How the person was verified; nothing where no card was used.
    pub method: Option<Method>,
}

impl Check {
    /// The card check that an event of the audit log tells of: a visit that the eligibility service answered, at once or,
    /// where it was away, later. Neither has a reason against it. The store counts it in the transaction in which it
    /// appends the event.
    #[must_use]
    pub fn of_event(event: &Event, recorded_at: OffsetDateTime) -> Option<Self> {
        let answered = matches!(event.action, Action::CheckInEnded | Action::EligibilityReconciled);
        let id = event
            .check_in_id
            .as_ref()
            .filter(|_| answered && event.reason.is_none())?;
        Some(Self {
            key: Key::of_check_in(id),
            day: day_of(recorded_at),
            counter_id: event.counter_id.clone(),
            kind: Kind::Card,
            medium: event.medium,
            method: event.method,
        })
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_core::Reason;
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_visit_that_was_answered_is_a_card_check() {
        let id = CheckInId::generate();
        let event = |action, reason| Event {
            check_in_id: Some(id.clone()),
            counter_id: CounterId::new("1").ok(),
            medium: Some(Medium::Android),
            method: Some(Method::Pin),
            reason,
            ..Event::new(action)
        };
        let at = datetime!(2026-11-22 20:00 UTC);
        for action in [Action::CheckInEnded, Action::EligibilityReconciled] {
            let check = Check::of_event(&event(action, None), at).unwrap();
            assert_eq!(
                (check.key, check.day),
                (Key::of_check_in(&id), date!(2026 - 11 - 23))
            );
            assert_eq!(
                (check.kind, check.medium, check.method),
                (Kind::Card, Some(Medium::Android), Some(Method::Pin))
            );
            // Put off is not done yet, and what failed or was cancelled is no check.
            for reason in [
                Reason::EligibilityUnavailable,
                Reason::VisitCancelled,
                Reason::PinLocked,
            ] {
                assert_eq!(Check::of_event(&event(action, Some(reason)), at), None);
            }
        }
        assert_eq!(
            Check::of_event(&event(Action::EligibilityChecked, None), at),
            None
        );
        assert_eq!(Check::of_event(&Event::new(Action::CheckInEnded), at), None);
    }
}
