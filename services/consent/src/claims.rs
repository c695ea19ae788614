//! What is signed: a receipt, and what came later, as the payload of a JWS. `CLAIMS.md` is the page for whoever reads
//! one.
//!
//! One form: members in one order, answers sorted by item, absent members left out, times in whole seconds.

use madoguchi_core::consent::{
    Attestation, CaptureMethod, Receipt, Requester, Said, Window, WithdrawalReason,
};
use madoguchi_core::signing::{Purpose, Unproven, Verifier};
use madoguchi_core::{CallerId, CardKey, CheckInId, CounterId, ReceiptId, StaffId};
use ring::digest;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

/// The version of these claims.
const VERSION: u32 = 1;

/// What a signed consent text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A receipt.
    Receipt,
    /// Its withdrawal.
    Withdrawal,
    /// What the national service said about it.
    Confirmation,
}

/// One answer. What a later version asks about is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Answer {
    /// The item's stable name.
    pub item: String,
    /// Whether the patient agreed.
    pub granted: bool,
}

/// Until when an item may be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemWindow {
    /// The item's stable name.
    pub item: String,
    /// When the national service took the consent down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consented_at: Option<i64>,
    /// Until when it gives the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_until: Option<i64>,
}

/// The payload of a consent text. Members that a kind does not have are absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The gateway, as its configuration names it.
    pub iss: String,
    /// When it was recorded.
    pub iat: i64,
    /// The version of the claims.
    pub ver: u32,
    /// What it is.
    pub kind: Kind,
    /// The receipt that it is, or that it is about.
    pub receipt_id: ReceiptId,
    /// SHA-256 of the receipt's JWS, in hexadecimal; absent on the receipt itself, and where that was never signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_sha256: Option<String>,
    /// The visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_in_id: Option<CheckInId>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter_id: Option<CounterId>,
    /// SHA-256 of the certificate that identified the patient, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
    /// The card under its keyed hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_key: Option<CardKey>,
    /// The answers, sorted by item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Answer>,
    /// The version of the wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording_version: Option<String>,
    /// BCP 47 language of the wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How the answer was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<CaptureMethod>,
    /// Who stands for it, where no screen took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Requester>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Who took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<CallerId>,
    /// Which member of staff took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<StaffId>,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<WithdrawalReason>,
    /// Whether a stand-in said it, with made-up data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<bool>,
    /// Whether the patient is under 40.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_forty: Option<bool>,
    /// Until when each item may be seen, sorted by item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<ItemWindow>,
}

/// Why a text is no consent that can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotConsent {
    /// The signature proves nothing.
    #[error("the token {0}")]
    Unproven(#[from] Unproven),
    /// It is signed, and does not say what consent says.
    #[error("the token's claims are not those of consent")]
    Claims,
    /// It is signed, in a version that this program does not know.
    #[error("the token's claims are of version {0}, which this program does not know")]
    Version(u32),
}

impl Claims {
    fn new(issuer: &str, at: OffsetDateTime, kind: Kind, receipt_id: ReceiptId) -> Self {
        Self {
            iss: issuer.to_owned(),
            iat: at.unix_timestamp(),
            ver: VERSION,
            kind,
            receipt_id,
            receipt_sha256: None,
            check_in_id: None,
            counter_id: None,
            certificate_sha256: None,
            card_key: None,
            decisions: Vec::new(),
            wording_version: None,
            language: None,
            method: None,
            attestation: None,
            requester: None,
            purpose: None,
            caller: None,
            staff_id: None,
            reason: None,
            simulated: None,
            under_forty: None,
            windows: Vec::new(),
        }
    }

    pub(crate) fn receipt(issuer: &str, receipt: &Receipt) -> Self {
        let known = receipt.decisions.iter().map(|one| Answer {
            item: one.item.as_str().to_owned(),
            granted: one.granted,
        });
        let others = receipt.others.iter().map(|one| Answer {
            item: one.item_id.as_str().to_owned(),
            granted: one.granted,
        });
        let mut decisions: Vec<_> = known.chain(others).collect();
        decisions.sort();
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            check_in_id: receipt.check_in_id.clone(),
            counter_id: receipt.counter_id.clone(),
            certificate_sha256: said(&receipt.certificate_thumbprint),
            card_key: receipt.card_key.clone(),
            decisions,
            wording_version: Some(receipt.wording_version.clone()),
            language: Some(receipt.language.clone()),
            method: Some(receipt.method),
            attestation: receipt.attestation.clone(),
            requester: receipt.requester.clone(),
            purpose: said(&receipt.purpose),
            ..Self::new(issuer, receipt.recorded_at, Kind::Receipt, receipt.id.clone())
        }
    }

    fn about(issuer: &str, at: OffsetDateTime, kind: Kind, receipt: &Receipt) -> Self {
        Self {
            receipt_sha256: receipt.token.as_deref().map(sha256),
            ..Self::new(issuer, at, kind, receipt.id.clone())
        }
    }

    pub(crate) fn withdrawal(
        issuer: &str,
        at: OffsetDateTime,
        receipt: &Receipt,
        caller: CallerId,
        staff_id: Option<StaffId>,
        reason: WithdrawalReason,
    ) -> Self {
        Self {
            caller: Some(caller),
            staff_id,
            reason: Some(reason),
            ..Self::about(issuer, at, Kind::Withdrawal, receipt)
        }
    }

    pub(crate) fn confirmation(issuer: &str, at: OffsetDateTime, receipt: &Receipt, said: &Said) -> Self {
        let seconds = |at: Option<OffsetDateTime>| at.map(OffsetDateTime::unix_timestamp);
        let window = |window: &Window| ItemWindow {
            item: window.item.as_str().to_owned(),
            consented_at: seconds(window.consented_at),
            available_until: seconds(window.available_until),
        };
        let mut windows: Vec<_> = said.windows.iter().map(window).collect();
        windows.sort_by(|one, other| one.item.cmp(&other.item));
        Self {
            simulated: Some(said.simulated),
            under_forty: said.under_forty,
            windows,
            ..Self::about(issuer, at, Kind::Confirmation, receipt)
        }
    }

    /// Whether this text is about that receipt.
    #[must_use]
    pub fn is_about(&self, receipt_token: &str) -> bool {
        self.receipt_sha256.as_deref() == Some(sha256(receipt_token).as_str())
    }
}

/// What a consent text says, where its signature holds.
///
/// # Errors
/// [`NotConsent`].
pub fn verify(verifier: &dyn Verifier, token: &str) -> Result<Claims, NotConsent> {
    let payload = verifier.verify(Purpose::Consent, token)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| NotConsent::Claims)?;
    if claims.ver != VERSION {
        return Err(NotConsent::Version(claims.ver));
    }
    Ok(claims)
}

fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

#[cfg(test)]
mod tests;
