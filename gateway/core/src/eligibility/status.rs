//! How the eligibility service is reached.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Source;
use crate::Reason;

/// Whether a question would be answered, as far as the last ones tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Nobody has asked yet.
    Unknown,
    /// The last question was answered.
    Available,
    /// It does not answer: a question fails at once, or most likely.
    Away,
}

/// State of the circuit breaker in front of a service on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// Calls go through.
    Closed,
    /// Calls are refused at once, the service gets a rest.
    Open,
    /// One call goes through to see whether it is back.
    HalfOpen,
}

impl Circuit {
    /// The stable name used in logs and machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// How the eligibility service is reached at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which back end.
    pub source: Source,
    /// Whether a question would be answered.
    pub availability: Availability,
    /// The circuit breaker, where there is a line to break.
    pub circuit: Option<Circuit>,
    /// Failures one after the other, up to now.
    pub consecutive_failures: u32,
    /// When it was answered last.
    pub last_success_at: Option<OffsetDateTime>,
    /// When it failed last.
    pub last_failure_at: Option<OffsetDateTime>,
    /// Why it failed last.
    pub last_failure: Option<Reason>,
    /// When an open circuit lets the next call through.
    pub next_try_at: Option<OffsetDateTime>,
}

impl Status {
    /// A service without a line: it is always there.
    #[must_use]
    pub const fn always(source: Source) -> Self {
        Self {
            source,
            availability: Availability::Available,
            circuit: None,
            consecutive_failures: 0,
            last_success_at: None,
            last_failure_at: None,
            last_failure: None,
            next_try_at: None,
        }
    }
}
