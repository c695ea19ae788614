//! What a check of a user-authentication certificate (利用者証明用電子証明書) says.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Medium, Reason};

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

/// The result of a check. Revocation is never part of it: CRL and OCSP of JPKI are open only to authorised
/// verifiers (公的個人認証法 17条) and to the national service.
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
    /// SHA-256 of the DER, in hexadecimal.
    pub thumbprint: String,
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

    /// Whether the leaf's key made this signature over the message (RSA PKCS#1 v1.5 with SHA-256).
    ///
    /// # Errors
    /// [`Reason::SignatureInvalid`], or [`Reason::CertificateMalformed`] where no key can be read.
    fn verify_signature(&self, leaf: &CertificateDer, message: &[u8], signature: &[u8])
    -> Result<(), Reason>;
}
