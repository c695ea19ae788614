//! What a check of a user-authentication certificate (利用者証明用電子証明書) says.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{CardKey, Medium, Reason};

/// A certificate as DER. Its bytes identify a person, so `Debug` shows only the length.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateDer(Vec<u8>);

impl CertificateDer {
    /// Takes the DER over.
    #[must_use]
    pub fn new(der: Vec<u8>) -> Self {
        Self(der)
    }

    /// The DER itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for CertificateDer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateDer({} bytes)", self.0.len())
    }
}

/// What a certificate is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything that the patient consents to.
    Full,
    /// 資格情報のみ: an expired card until the end of the month of expiry + 3 months.
    EligibilityOnly,
    /// Nothing.
    Refused,
}

impl Outcome {
    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::EligibilityOnly => "eligibility_only",
            Self::Refused => "refused",
        }
    }
}

/// Whether the certificate was revoked (失効), as far as anyone here may know: CRL and OCSP of JPKI are open only to
/// authorised verifiers (公的個人認証法 17条) and to the national service. A revoked card has no grace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// Nobody asked: the gateway may not.
    #[default]
    NotChecked,
    /// Not revoked, as the national service said.
    Good,
    /// Revoked, as the national service said.
    Revoked,
}

impl Revocation {
    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotChecked => "not_checked",
            Self::Good => "good",
            Self::Revoked => "revoked",
        }
    }
}

/// What to tell the patient about a certificate that still serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Its validity or, in the grace, its grace ends soon ([`Check::days_left`] says when): the municipality renews it.
    ExpiresSoon,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What the certificate is good for.
    pub outcome: Outcome,
    /// Why, where it is not `Full`.
    pub reason: Option<Reason>,
    /// First moment of validity, where the certificate could be parsed.
    pub not_before: Option<OffsetDateTime>,
    /// Last moment of validity, where the certificate could be parsed.
    pub not_after: Option<OffsetDateTime>,
    /// Last moment of the eligibility-only grace, where the medium has one.
    pub grace_until: Option<OffsetDateTime>,
    /// Days of Japan's calendar that are left after today: of the validity while `Full`, of the grace while
    /// `EligibilityOnly`; nothing where it was refused. 0 is the last day.
    #[serde(default)]
    pub days_left: Option<u32>,
    /// What to tell the patient.
    #[serde(default)]
    pub notice: Option<Notice>,
    /// SHA-256 of the DER, in hexadecimal.
    pub thumbprint: String,
    /// SHA-256 of the trust anchor's DER, in hexadecimal, where a path led to one.
    #[serde(default)]
    pub anchor: Option<String>,
    /// The card under the site's keyed hash, where the site has a key.
    #[serde(default)]
    pub card_key: Option<CardKey>,
    /// What is known of its revocation: not checked, until the national service said something.
    #[serde(default)]
    pub revocation: Revocation,
}

impl Check {
    /// What remains of the check when the national service has said whether the certificate was revoked: a revoked one
    /// is refused, whatever its dates say. Nothing else ever becomes better by it.
    #[must_use]
    pub fn with_revocation(mut self, revocation: Revocation) -> Self {
        self.revocation = revocation;
        if revocation == Revocation::Revoked {
            self.outcome = Outcome::Refused;
            self.reason = Some(Reason::CertificateRevoked);
            self.days_left = None;
            self.notice = None;
        }
        self
    }
}

/// An authority whose certificates are trusted, as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor {
    /// SHA-256 of the DER, in hexadecimal: what the authority publishes for comparison.
    pub fingerprint: String,
    /// Its distinguished name, for reading; several anchors may have one.
    pub subject: String,
    /// Its key identifier in hexadecimal, where it has one: what tells anchors of one name apart.
    pub key_id: Option<String>,
    /// First moment of its validity.
    pub not_before: OffsetDateTime,
    /// Last moment of its validity. Cards below it may still be in their grace after that.
    pub not_after: OffsetDateTime,
    /// Days of Japan's calendar that are left after today; negative once it has expired.
    pub days_left: i64,
    /// Whether it is time to get the next one.
    pub expires_soon: bool,
}

/// Port: checks certificates and signatures against the configured trust anchors.
pub trait Certificates: Send + Sync + 'static {
    /// Checks a leaf, with what intermediates came along, as of a moment.
    fn check(
        &self,
        leaf: &CertificateDer,
        intermediates: &[CertificateDer],
        medium: Medium,
        at: OffsetDateTime,
    ) -> Check;

    /// The anchors that are trusted, as of a moment; the one that expires first stands first.
    fn anchors(&self, at: OffsetDateTime) -> Vec<TrustAnchor>;

    /// Whether the leaf's key made this signature over the message: RSA PKCS#1 v1.5 with SHA-256, or ECDSA with the hash of its
    /// curve.
    ///
    /// # Errors
    /// [`Reason::SignatureInvalid`], or [`Reason::CertificateMalformed`] where no key can be read.
    fn verify_signature(&self, leaf: &CertificateDer, message: &[u8], signature: &[u8])
    -> Result<(), Reason>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        Check {
            outcome: Outcome::EligibilityOnly,
            reason: Some(Reason::CertificateInGrace),
            not_before: None,
            not_after: None,
            grace_until: None,
            days_left: Some(3),
            notice: None,
            thumbprint: "00".to_owned(),
            anchor: None,
            card_key: None,
            revocation: Revocation::NotChecked,
        }
    }

    #[test]
    fn revoked_has_no_grace_and_good_makes_nothing_better() {
        let revoked = check().with_revocation(Revocation::Revoked);
        assert_eq!(
            (revoked.outcome, revoked.reason, revoked.days_left),
            (Outcome::Refused, Some(Reason::CertificateRevoked), None)
        );
        let good = check().with_revocation(Revocation::Good);
        assert_eq!(good.revocation, Revocation::Good);
        assert_eq!(
            (good.outcome, good.reason),
            (Outcome::EligibilityOnly, Some(Reason::CertificateInGrace))
        );
    }

    #[test]
    fn a_check_of_an_older_gateway_is_still_read() {
        let old = r#"{"outcome":"full","reason":null,"not_before":null,"not_after":null,"grace_until":null,"thumbprint":"00"}"#;
        let check: Check = serde_json::from_str(old).unwrap();
        assert_eq!(
            (check.days_left, check.revocation),
            (None, Revocation::NotChecked)
        );
    }
}
