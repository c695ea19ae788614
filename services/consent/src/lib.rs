//! Asks the patient, item by item, what this facility may see, and keeps the answers.
//!
//! No receipt, no data: what is not recorded here was never agreed to. Receipts are append-only, name the wording
//! and the language that were shown, and are on disk before anyone acts on them. The wording itself is data
//! (`wording/*.toml`), so that a changed sentence is a new version and not a new program.

mod port;
mod service;
mod wording;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryReceipts;
pub use port::ReceiptStore;
pub use service::Service;
pub use wording::{InvalidAnswers, Wording};
