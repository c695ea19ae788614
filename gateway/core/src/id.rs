//! Names of things. Each is a type of its own, checked once where it enters the house.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// The longest id that is accepted from outside.
pub const MAX_ID_LEN: usize = 128;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// Nothing in it.
    #[error("must not be empty")]
    Empty,
    /// Longer than [`MAX_ID_LEN`].
    #[error("must have at most {MAX_ID_LEN} characters")]
    TooLong,
    /// A character outside the visible ASCII that ids are made of.
    #[error("must hold only ASCII letters, digits and the characters - _ . : / @ #")]
    Character,
}

fn check(text: &str) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty);
    }
    if text.len() > MAX_ID_LEN {
        return Err(InvalidId::TooLong);
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:/@#".contains(c);
    if text.chars().all(allowed) {
        Ok(())
    } else {
        Err(InvalidId::Character)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and takes the text.
            ///
            /// # Errors
            /// [`InvalidId`] says what is wrong with it.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )+};
}

macro_rules! generated {
    ($($name:ident),+ $(,)?) => {$(
        impl $name {
            /// A new id that sorts by the time of its making (UUID version 7).
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7().to_string())
            }
        }
    )+};
}

ids! {
    /// A counter (窓口) of the site, as the configuration names it.
    CounterId,
    /// A driver, as its plugin's manifest names it.
    DriverId,
    /// A reader: driver id and port or serial, never a PC/SC name, so that it survives re-plugging and restarts.
    ReaderId,
    /// One visit.
    CheckInId,
    /// One authentication of a person.
    AuthenticationId,
    /// One thing that a visit waits for.
    ActionId,
    /// One challenge that a chip signs.
    ChallengeId,
    /// An item of consent that this version does not know.
    ConsentItemId,
    /// One consent receipt.
    ReceiptId,
    /// One result of the national service that no visit was found for.
    ResultId,
    /// One batch of eligibility checks.
    BatchCheckId,
    /// One check that was put off.
    DeferralId,
    /// One piece of evidence.
    EvidenceId,
    /// One visit that a fallback settled.
    CaseId,
    /// The caller's name for a request; the same id twice is the same request.
    RequestId,
    /// A member of staff, as the facility names them.
    StaffId,
    /// Who called: the identity (URI SAN) of the client certificate, or the loopback stand-in for it.
    CallerId,
    /// One event on its way into the audit log: the same id twice is the same event.
    EventId,
    /// One gateway's audit log: made with its database, and the same as long as that lives.
    InstanceId,
}

impl StaffId {
    /// Whoever confirmed on the reader: it lets staff in with its own rights and does not say whom.
    #[must_use]
    pub fn at_the_reader() -> Self {
        Self("reader".to_owned())
    }
}

generated!(
    CheckInId,
    AuthenticationId,
    ActionId,
    ChallengeId,
    ReceiptId,
    BatchCheckId,
    DeferralId,
    EvidenceId,
    CaseId,
    RequestId,
    EventId,
    InstanceId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_where_they_enter() {
        assert_eq!(CounterId::new(""), Err(InvalidId::Empty));
        assert_eq!(CounterId::new("x".repeat(129)), Err(InvalidId::TooLong));
        assert_eq!(CounterId::new("counter 1"), Err(InvalidId::Character));
        assert_eq!(CounterId::new("窓口"), Err(InvalidId::Character));
        assert_eq!(CounterId::new("counter-1").unwrap().as_str(), "counter-1");
        assert!(from_wire("a b").is_err());
    }

    fn from_wire(text: &str) -> Result<CounterId, InvalidId> {
        CounterId::try_from(text.to_owned())
    }

    #[test]
    fn generated_ids_sort_by_time() {
        let first = CheckInId::generate();
        let second = CheckInId::generate();
        assert!(first < second);
    }
}
