//! An authentication: which medium, who verified the person, what the certificate is good for, what the chip signed.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::{CertificateDer, Check};
use crate::check_in::{CancelledBy, Failure, Guidance, PendingAction, VisualCheck};
use crate::{AuthenticationId, CallerId, CounterId, Medium, Method, ReaderId};

/// Where an authentication stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The caller has to say which medium the patient uses.
    ChoosingMedium,
    /// Somebody has to say how the person is verified.
    ChoosingMethod,
    /// The PIN has to be typed: an Android phone's before the tap, a card's while it lies on the reader.
    WaitingForPin,
    /// The patient has to put the card on the reader or hold the phone to it.
    WaitingForCard,
    /// The card is being read.
    ReadingCard,
    /// The face is being verified on the reader.
    VerifyingFace,
    /// Staff have to compare face and card (目視).
    WaitingForStaff,
    /// The PIN is being verified and the challenge signed.
    Signing,
    /// Done: the proof is there.
    Succeeded,
    /// It ended without a proof; the failure says why.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// Nobody went on before its time was up.
    Expired,
}

impl State {
    /// Whether nothing follows any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::Expired
        )
    }
}

/// An authentication as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Its name.
    pub id: AuthenticationId,
    /// Who started it.
    pub caller: CallerId,
    /// Where.
    pub counter_id: CounterId,
    /// Rises with each change.
    pub sequence: u64,
    /// Where it stands.
    pub state: State,
    /// What the caller has to submit now.
    pub pending: Option<PendingAction>,
    /// What to tell the patient now.
    pub guidance: Option<Guidance>,
    /// What the patient holds up, once it is known.
    pub medium: Option<Medium>,
    /// How the person was verified, once it is.
    pub method: Option<Method>,
    /// What staff said, where they looked.
    pub visual_check: Option<VisualCheck>,
    /// The reader that is used, once one is.
    pub reader_id: Option<ReaderId>,
    /// What the certificate is good for, once it was read.
    pub check: Option<Check>,
    /// What the chip signed, once it did.
    pub proof: Option<Proof>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Who cancelled it.
    #[serde(default)]
    pub cancelled_by: Option<CancelledBy>,
    /// APDUs that the card was sent.
    pub apdu_count: u32,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it changed last.
    pub updated_at: OffsetDateTime,
    /// When it expires unless it ended before.
    pub expires_at: OffsetDateTime,
}

/// A leaf and its key's signature over the challenge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The user-authentication certificate.
    pub certificate: CertificateDer,
    /// RSA PKCS#1 v1.5 with SHA-256 over the challenge.
    pub signature: Vec<u8>,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}
