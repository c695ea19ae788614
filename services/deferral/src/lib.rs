//! Checks that were put off (後日確認): while the eligibility service is away, a visit ends with the person known and
//! its check queued here; when the line is back, the service is asked, oldest first, each check once.
//!
//! What was queued is on disk before the visit says so. What the service will be asked with is personal data and is
//! deleted in the moment in which the check is settled; the answer, cut to what was consented, goes after its time.
//! Each queueing and each settlement is an event of the audit chain, kept in the same transaction: exactly one, whenever the
//! gateway is killed; [`Report`] holds the queue against the chain, so that it proves that nothing was lost.

mod port;
mod reconciler;
mod report;
mod service;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryDeferrals;
pub use port::{CheckEvent, DeferralStore, Query, Settlement, Testimony, Witness};
pub use reconciler::Reconciler;
pub use report::{Counts, Report};
pub use service::{Options, Service};
