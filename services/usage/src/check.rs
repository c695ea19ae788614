//! One eligibility check, without whom it was about.

use madoguchi_core::{CallerId, ChallengeId, CheckInId, CounterId, Medium, Method, RequestId};

use time::Date;

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

    /// The check that answered a challenge, which does so once.
    #[must_use]
    pub fn of_challenge(id: &ChallengeId) -> Self {
        Self(format!("challenge {id}"))
    }

    /// The check that a caller told of.
    #[must_use]
    pub fn of_request(caller: &CallerId, request: &RequestId) -> Self {
        // Neither can hold a space.
        Self(format!("request {caller} {request}"))
    }

    /// The check by number that a caller asked this gateway to make.
    #[must_use]
    pub fn of_number(caller: &CallerId, request: &RequestId) -> Self {
        Self(format!("number {caller} {request}"))
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
