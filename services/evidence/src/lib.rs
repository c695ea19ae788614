//! Vouches for visits: a signed token that says what a visit came to, checked by others without the gateway.
//!
//! `CLAIMS.md` beside this crate says exactly what a token holds. One is issued when a visit ends well, is on disk before
//! anybody sees it, and is kept after the visit's result has been forgotten: it names no person.

mod claims;
mod port;
mod service;
mod verify;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use claims::{Certificate, Claims, Consent, Eligibility, Visual};
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryEvidence;
pub use port::EvidenceStore;
pub use service::{Options, Service};
pub use verify::{Expected, NotEvidence, verify};
