//! What is done where a person could not be verified.
//!
//! Three things in the order in which a counter meets them: the dated [`rules`] say what may be accepted on which day,
//! the ladder ([`next_steps`]) puts what is left into the ministry's order, and a case ([`Ledger`]) keeps what was
//! accepted until somebody has checked it. There is one ladder: a failed visit shows it, the service answers with it,
//! and a case that is recorded is held against it.

mod claim;
mod describe;
mod ladder;
mod ledger;
mod port;
pub mod rules;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use claim::filled_fields;
pub use describe::{describe, needs};
pub use ladder::{Situation, Ways, next_steps};
pub use ledger::Ledger;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryCases;
pub use port::{CaseStore, Settled};
