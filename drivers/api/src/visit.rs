//! A visit that the maker's own program leads.

use madoguchi_core::consent::{Decision, Item};
use madoguchi_core::{Medium, Reason};
use serde::{Deserialize, Serialize};

/// What the maker's program is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Which media may be used.
    pub media: Vec<Medium>,
    /// Which consents to ask, in order.
    pub consents: Vec<Item>,
    /// BCP 47 language to begin in.
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
    /// The certificate is being read and the challenge signed.
    Signing,
    /// The patient is asked for consent.
    AskingConsent,
}

/// How the maker's program says that it verified the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VerifiedBy {
    /// By face.
    Face,
    /// By PIN.
    Pin,
    /// By staff, by eye (目視).
    Staff,
    /// By the phone itself.
    Device,
}

/// How the visit ended. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The person was verified and the chip signed.
    Verified {
        /// With what.
        medium: Medium,
        /// How.
        by: VerifiedBy,
        /// The user-authentication certificate, DER.
        certificate: Vec<u8>,
        /// The signature over the plan's challenge.
        signature: Vec<u8>,
        /// The patient's answers.
        decisions: Vec<Decision>,
    },
    /// It did not come to that.
    Failed {
        /// Why.
        reason: Reason,
    },
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Verified { medium, by, .. } => f
                .debug_struct("Verified")
                .field("medium", medium)
                .field("by", by)
                .finish_non_exhaustive(),
            Self::Failed { reason } => f.debug_struct("Failed").field("reason", reason).finish(),
        }
    }
}
