//! Eligibility: one port, several back ends, one canonical answer.
//!
//! A back end knows a [`Record`]; what of it leaves this crate is decided in one place, [`cut`].
//!
//! - [`StandIn`], embedded: **assumed, not real.** The interface of the national service is not public; what it asks for
//!   and answers is an assumption of this project, built so that everything before it can be run and tested. It makes
//!   challenges of its own, verifies chain, validity and signature itself and trusts nobody's word for it, and answers
//!   made-up insurance data.
//! - [`folder`]: the official terminal software, through the folders that it shares (**observed**).
//! - A remote service is spoken to by the gateway, which knows gRPC.
//!
//! Order matters in [`Eligibility::check`](madoguchi_core::eligibility::Eligibility::check): the challenge is consumed
//! first, so that no answer, not even a refusal, can be had for it twice.

mod batches;
mod breaker;
mod challenge;
mod cut;
pub mod folder;
mod made_up;
pub mod observed;
mod proof;
mod record;
mod registration;
mod stand_in;
pub mod xml;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use batches::{BatchOptions, BatchStore, Batches, Recorded};
pub use breaker::{Breaker, Thresholds};
pub use challenge::ChallengeStore;
pub use cut::{cut, still};
pub use made_up::made_up;
#[cfg(any(test, feature = "test-util"))]
pub use memory::{MemoryBatches, MemoryChallenges, MemoryRegistrations, MemoryResults};
pub use proof::{Options, Proofs};
pub use record::{NoRecords, Record, Records};
pub use registration::RegistrationStore;
pub use stand_in::StandIn;
