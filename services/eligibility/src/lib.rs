//! The embedded stand-in of the national eligibility service (オンライン資格確認等システム).
//!
//! **Assumed, not real.** The interface of the national service is not public; what [`StandIn`] asks for and answers
//! is an assumption of this project, built so that everything before it can be run and tested: it makes challenges
//! of its own, verifies chain, validity and signature itself and trusts nobody's word for it, and answers made-up
//! insurance data, cut to what the patient consented to ([`cut`], the one place where that is decided).
//!
//! Order matters in [`StandIn::check`](madoguchi_core::eligibility::Eligibility::check): the challenge is consumed
//! first, so that no answer, not even a refusal, can be had for it twice.

mod challenge;
mod cut;
mod made_up;
mod record;
mod registration;
mod stand_in;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use challenge::ChallengeStore;
pub use cut::cut;
pub use made_up::made_up;
#[cfg(any(test, feature = "test-util"))]
pub use memory::{MemoryChallenges, MemoryRegistrations};
pub use record::{NoRecords, Record, Records};
pub use registration::RegistrationStore;
pub use stand_in::{Options, StandIn};
