//! What happened, for an auditor: an append-only log whose entries hang together by hashes.
//!
//! Each entry's hash covers its number, its time, its event and the hash before it, so that [`verify_chain`] finds
//! an edited, removed or moved entry. Cutting off the *end* leaves a sound, shorter chain: that takes signed
//! checkpoints kept elsewhere, which this first version does not make yet.

mod chain;
mod log;
mod port;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use chain::{BrokenChain, Head, link, verify_chain};
pub use log::Log;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryEntries;
pub use port::EntryStore;
