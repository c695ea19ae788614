//! Many questions at once, such as tomorrow's bookings.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Answer, NumberQuery};
use crate::{BatchCheckId, CallerId, Reason, RequestId};

/// One booking to be checked. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The facility's own name for it, such as the patient's number: unique in its batch.
    pub reference: String,
    /// The question.
    pub query: NumberQuery,
}

impl std::fmt::Debug for Booking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Booking(…)")
    }
}

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Recorded; it has not been handed to the service yet.
    Accepted,
    /// The service has it.
    Running,
    /// Each booking has its outcome.
    Done,
    /// The service refused it, or did not answer until its time was up.
    Failed,
}

impl BatchState {
    /// The stable name used in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// How the check of one booking ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingOutcome {
    /// The service answered, the insurance alone.
    Answered(Box<Answer>),
    /// It did not.
    Failed(Reason),
}

/// The outcome of one booking. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchResult {
    /// [`Booking::reference`].
    pub reference: String,
    /// How it ended.
    pub outcome: BookingOutcome,
}

/// A batch of checks, kept until its results are too old. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCheck {
    /// Its name.
    pub id: BatchCheckId,
    /// Who wants it.
    pub caller: CallerId,
    /// The caller's name for it.
    pub request_id: RequestId,
    /// What is to be checked.
    pub bookings: Vec<Booking>,
    /// Where it stands.
    pub state: BatchState,
    /// What the service calls it, once it has it.
    pub ticket: Option<String>,
    /// The outcomes, in the order of the bookings; empty until it is over.
    pub results: Vec<BatchResult>,
    /// Why it failed, where it did.
    pub reason: Option<Reason>,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
    /// When it changed last.
    pub updated_at: OffsetDateTime,
}

impl std::fmt::Debug for BatchResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchResult")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for BatchCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchCheck")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
