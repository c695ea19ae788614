//! What a token says, name by name. `CLAIMS.md` is the page for whoever reads one; a test holds the two together.

use madoguchi_core::evidence::{Assurance, Facts};
use ring::digest;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use madoguchi_core::certificate::{Outcome, Revocation};
use madoguchi_core::check_in::VisualCause;
use madoguchi_core::eligibility::Validity;
use madoguchi_core::{CheckInId, CounterId, EvidenceId, Medium, Method, ReceiptId, StaffId};

/// The version of these claims. One that gains a claim keeps it; one whose claim changes its meaning does not.
pub(crate) const VERSION: u32 = 1;

/// The payload of a token. Times are whole seconds since 1970 (NumericDate of RFC 7519). What a later version adds is
/// passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The gateway, as its configuration names it.
    pub iss: String,
    /// For whom it is, where the configuration says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aud: Vec<String>,
    /// The visit.
    pub sub: CheckInId,
    /// The name of this token.
    pub jti: EvidenceId,
    /// When it was issued: the end of the visit.
    pub iat: i64,
    /// Until when somebody may act on it.
    pub exp: i64,
    /// The version of the claims.
    pub ver: u32,
    /// The counter.
    pub counter_id: CounterId,
    /// When the visit began.
    pub started_at: i64,
    /// What carried the certificate.
    pub medium: Medium,
    /// How the person was verified.
    pub method: Method,
    /// Who looked, where staff did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visual_check: Option<Visual>,
    /// The certificate that identified the person.
    pub certificate: Certificate,
    /// What the person agreed to; absent where nothing was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// What was said about insurance.
    pub eligibility: Eligibility,
}

/// A look by staff (目視) that said: the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visual {
    /// Who looked.
    pub staff_id: StaffId,
    /// Why it was necessary, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<VisualCause>,
}

/// The certificate that identified the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 of its DER, in hexadecimal.
    pub sha256: String,
    /// What it was good for.
    pub outcome: Outcome,
    /// What is known about its revocation.
    pub revocation: Revocation,
}

/// The consent receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Its name.
    pub receipt_id: ReceiptId,
    /// SHA-256 of the receipt's JWS in compact form, in hexadecimal.
    pub sha256: String,
}

/// What was said about insurance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligibility {
    /// What it rests on.
    pub assurance: Assurance,
    /// Whether the person is insured; absent where nobody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<i64>,
}

impl Claims {
    pub(crate) fn new(
        facts: Facts,
        id: EvidenceId,
        issuer: String,
        audience: Vec<String>,
        issued_at: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Self {
        Self {
            iss: issuer,
            aud: audience,
            sub: facts.check_in_id,
            jti: id,
            iat: issued_at.unix_timestamp(),
            exp: expires_at.unix_timestamp(),
            ver: VERSION,
            counter_id: facts.counter_id,
            started_at: facts.started_at.unix_timestamp(),
            medium: facts.medium,
            method: facts.method,
            visual_check: facts.visual_check.map(|visual| Visual {
                staff_id: visual.staff_id,
                cause: visual.cause,
            }),
            certificate: Certificate {
                sha256: facts.certificate_thumbprint,
                outcome: facts.certificate_outcome,
                revocation: facts.revocation,
            },
            consent: facts.receipt.map(|receipt| Consent {
                receipt_id: receipt.id,
                sha256: sha256(&receipt.token),
            }),
            eligibility: Eligibility {
                assurance: facts.assurance,
                validity: facts.validity,
                confirmed_at: facts.confirmed_at.map(OffsetDateTime::unix_timestamp),
            },
        }
    }

    /// Whether this is the receipt that the token speaks of.
    #[must_use]
    pub fn is_receipt(&self, receipt_token: &str) -> bool {
        let consent = self.consent.as_ref();
        consent.is_some_and(|consent| consent.sha256 == sha256(receipt_token))
    }
}

fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
