//! Says what a user-authentication certificate (利用者証明用電子証明書) is good for: everything, eligibility only,
//! or nothing; and whether its key made a signature. [`rfc5280`] answers the narrower question whether a path holds.
//!
//! # Why the path is walked here
//! The walk follows RFC 5280 section 6 over x509-parser, with *ring*'s signature checks. Libraries that were looked at:
//! - **rustls-webpki** 0.103 is made for TLS, and agrees with 92 of the 135 cases of `tests/rfc5280`. It refuses every
//!   certificate whose certificatePolicies is critical (as cards have it), every certificate of version 1, an authority
//!   as leaf, and a path through an authority that renewed its own key; and it does not ask for the form that RFC 5280
//!   demands (key identifiers, serial numbers, criticality).
//! - **certval** (RustCrypto) does all of RFC 5280, but is a release candidate, brings a second set of cryptographic
//!   primitives beside *ring*, and a network client for revocation by default.
//! - The verifier of pyca/cryptography is not published as a crate.
//!
//! What a walk of one's own must not get wrong is held by `tests/rfc5280`: cases after the public path-validation
//! suites, made by a script of this repository, and by `tests/pkits`, the suite of NIST.
//!
//! # What is not done
//! - No policy is asked for by default: the policies of a path are processed (section 6.1) as for somebody to whom any is
//!   good, and spoil a path only where an authority requires one and none holds. Which ones hold is not told.
//! - Revocation is *not* checked: CRL and OCSP of JPKI are open only to authorised verifiers and to the national service.
//! - In the JPKI profile the dates of a trust anchor are not judged: an anchor is a name and a key that somebody chose to
//!   trust, and the oldest JPKI root expired while cards below it are still in their grace. [`rfc5280`] judges them.

mod anchors;
mod chain;
#[cfg(any(test, feature = "test-util"))]
pub mod contract;
mod days;
mod error;
mod fault;
mod form;
mod grace;
mod hierarchy;
mod issuing;
#[cfg(any(test, feature = "test-util"))]
mod memory;
mod names;
mod path;
mod policies;
mod profile;
pub mod rfc5280;
mod signature;
mod thumbprint;
mod verifier;

pub use anchors::{Anchors, Fingerprint, InvalidFingerprint};
pub use chain::{Chain, read_certificates};
pub use error::Error;
pub use fault::{Fault, PathFault, Place};
pub use grace::grace_until;
pub use hierarchy::Hierarchy;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryOutlook;
pub use thumbprint::{IssuerAndSerial, issuer_and_serial, spki_sha256_hex, thumbprint};
pub use verifier::{Options, Profile, Verifier};

/// How much of RFC 5280 is asked for to the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// What a path needs to be trusted; what is no more than unusual must not send a patient away.
    Jpki,
    /// The form too, and the anchor's dates.
    Rfc5280,
}
