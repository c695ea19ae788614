//! Says what a user-authentication certificate (利用者証明用電子証明書) is good for: everything, eligibility only,
//! or nothing; and whether its key made a signature.
//!
//! The path is walked here, by RFC 5280 and with *ring*'s signature checks, and not by rustls-webpki: webpki
//! refuses every certificate whose certificatePolicies is marked critical and every version 1 certificate, and a
//! certification authority of this field may issue both. No policy is asked for, so by RFC 5280 section 6.1 a
//! policy extension, critical or not, never spoils a path. What this walk does not understand and is critical
//! (name constraints, policy constraints, …) makes it refuse.
//!
//! Revocation is *not* checked: CRL and OCSP of JPKI are open only to authorised verifiers and to the national
//! service. The dates of a trust anchor are not judged either: an anchor is a name and a key that somebody chose to
//! trust, and the oldest JPKI root expired while cards below it are still in their grace.

mod anchors;
mod chain;
mod error;
mod grace;
mod path;
mod profile;
mod signature;
mod thumbprint;
mod verifier;

pub use anchors::Anchors;
pub use chain::Chain;
pub use error::Error;
pub use grace::grace_until;
pub use thumbprint::{IssuerAndSerial, issuer_and_serial, spki_sha256_hex, thumbprint};
pub use verifier::{Options, Verifier};
