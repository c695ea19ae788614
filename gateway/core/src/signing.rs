//! What leaves the gateway as proof is signed: evidence of a visit, consent receipts, checkpoints of the audit chain.
//!
//! Each is a JWS in compact form (RFC 7515) with ES256; `typ` in its header says what it is, so that a signature made
//! for one purpose never passes for another, and `kid` names the key in the gateway's published key set.

use thiserror::Error;

use crate::Reason;

/// What a signature is for: `typ` in the header of the JWS (RFC 8725 section 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Evidence of a visit.
    Evidence,
    /// A consent receipt, or its withdrawal.
    Consent,
    /// A checkpoint of the audit chain.
    AuditCheckpoint,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Evidence, Self::Consent, Self::AuditCheckpoint];

    /// `typ` in the header of the JWS.
    #[must_use]
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Evidence => "madoguchi-evidence+jwt",
            Self::Consent => "madoguchi-consent+jwt",
            Self::AuditCheckpoint => "madoguchi-audit-checkpoint+jwt",
        }
    }
}

/// Port: signs with the gateway's current key.
pub trait Signer: Send + Sync + 'static {
    /// A compact JWS over the payload, which is a JSON object in UTF-8.
    ///
    /// # Errors
    /// [`Reason::Internal`] where the key cannot be used.
    fn sign(&self, purpose: Purpose, payload: &[u8]) -> Result<String, Reason>;
}

/// Why a JWS proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unproven {
    /// It is not a compact JWS with a header and a JSON object in it.
    #[error("is not a JWS in compact form")]
    Malformed,
    /// It is a JWS of another algorithm than ES256.
    #[error("is not signed with ES256")]
    Algorithm,
    /// It was signed for something else.
    #[error("was signed for another purpose")]
    Purpose,
    /// The key set has no key of that name.
    #[error("names a key that is not in the key set")]
    UnknownKey,
    /// The key was lost to others: whatever it signed may be theirs.
    #[error("names a key that is not trusted any more, since it was lost to others")]
    Distrusted,
    /// The key had been replaced by then.
    #[error("was signed with a key that had been replaced by then")]
    Retired,
    /// The signature is not that key's over these bytes.
    #[error("has a signature that does not fit")]
    Signature,
}

/// Port: knows the keys that signatures are checked with, those of the past too.
pub trait Verifier: Send + Sync + 'static {
    /// The payload of a compact JWS that was signed for this purpose by a key that is known.
    ///
    /// # Errors
    /// [`Unproven`].
    fn verify(&self, purpose: Purpose, jws: &str) -> Result<Vec<u8>, Unproven>;
}
