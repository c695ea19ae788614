//! Evidence of a visit: what the gateway vouches for, so that others trust a token and not the line it came on.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::{Outcome, Revocation};
use crate::check_in::VisualCheck;
use crate::eligibility::Validity;
use crate::{CheckInId, CounterId, EvidenceId, Medium, Method, Reason, ReceiptId};

/// What the eligibility outcome rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// The national service answered.
    National,
    /// A stand-in answered with made-up data: neither care nor a claim may rest on it.
    Simulated,
    /// Nobody answered: the gateway's own check of the certificate is all there is.
    LocalOnly,
}

/// What a visit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The visit.
    pub check_in_id: CheckInId,
    /// Where.
    pub counter_id: CounterId,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// What carried the certificate.
    pub medium: Medium,
    /// How the person was verified.
    pub method: Method,
    /// Who looked, where staff did.
    pub visual_check: Option<VisualCheck>,
    /// SHA-256 of the certificate, in hexadecimal.
    pub certificate_thumbprint: String,
    /// What the certificate was good for.
    pub certificate_outcome: Outcome,
    /// What is known about its revocation.
    pub revocation: Revocation,
    /// What the patient answered, where there was a question.
    pub receipt: Option<ProvenReceipt>,
    /// Whether the patient is insured, where somebody answered.
    pub validity: Option<Validity>,
    /// What that rests on.
    pub assurance: Assurance,
    /// When it was answered.
    pub confirmed_at: Option<OffsetDateTime>,
}

/// A consent receipt by its name and its own signed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenReceipt {
    /// Its name.
    pub id: ReceiptId,
    /// Its JWS, of which evidence holds the hash.
    pub token: String,
}

/// Evidence as it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its name: `jti` in the token.
    pub id: EvidenceId,
    /// The visit.
    pub check_in_id: CheckInId,
    /// The JWS in compact form.
    pub token: String,
    /// When it was issued.
    pub issued_at: OffsetDateTime,
    /// Until when somebody may act on it. What it says stays proven after that.
    pub expires_at: OffsetDateTime,
}

/// Port: vouches for visits.
#[async_trait]
pub trait Evidences: Send + Sync + 'static {
    /// Signs evidence of a visit that is about to end well. It is kept with the end of the visit, in one transaction, and
    /// worth nothing before.
    ///
    /// # Errors
    /// [`Reason::Internal`] where it cannot be signed.
    fn vouch(&self, facts: Facts) -> Result<Evidence, Reason>;

    /// The evidence of a visit.
    ///
    /// # Errors
    /// [`Reason::EvidenceNotFound`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, check_in_id: &CheckInId) -> Result<Evidence, Reason>;
}
