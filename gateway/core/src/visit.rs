//! A visit that the maker's own program leads: it is given a plan, tells its progress and ends with one outcome.

use serde::{Deserialize, Serialize};

use crate::consent::{Decision, QuestionItem};
use crate::{Medium, Method, Reason};

/// What the maker's program is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Which media may be used; a phone that the device does not read itself is handed over.
    pub media: Vec<Medium>,
    /// Which consents to ask, in order, with the sentences to show.
    pub consents: Vec<QuestionItem>,
    /// BCP 47 language to begin in; the sentences are in it.
    pub language: String,
    /// What the chip is to sign.
    pub challenge: Vec<u8>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// The patient chooses the medium.
    ChoosingMedium,
    /// The card or phone is awaited.
    WaitingForCard,
    /// The person is being verified.
    Verifying,
    /// Staff compare face and card.
    WaitingForStaff,
    /// The certificate is being read and the challenge signed.
    Signing,
    /// The patient is asked for consent.
    AskingConsent,
}

/// How the visit ended. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The person was verified and the chip signed.
    Verified {
        /// With what.
        medium: Medium,
        /// How.
        method: Method,
        /// The user-authentication certificate, DER.
        certificate: Vec<u8>,
        /// The signature over the plan's challenge.
        signature: Vec<u8>,
        /// The patient's answers; none where the program was stopped before it asked.
        decisions: Vec<Decision>,
    },
    /// The patient chose a phone that another reader reads: the gateway goes on from there.
    HandedOver {
        /// Which.
        medium: Medium,
    },
    /// The patient stopped it.
    Quit,
    /// It did not come to that.
    Failed {
        /// Why.
        reason: Reason,
    },
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Verified { medium, method, .. } => f
                .debug_struct("Verified")
                .field("medium", medium)
                .field("method", method)
                .finish_non_exhaustive(),
            Self::HandedOver { medium } => f.debug_struct("HandedOver").field("medium", medium).finish(),
            Self::Quit => f.write_str("Quit"),
            Self::Failed { reason } => f.debug_struct("Failed").field("reason", reason).finish(),
        }
    }
}
