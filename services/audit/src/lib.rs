//! What happened, for an auditor: an append-only log whose entries hang together by hashes.
//!
//! Each entry's hash covers its number, its time, its event and the hash before it, so that [`verify_chain`] finds
//! an edited, removed or moved entry. `FORMAT.md` says it for strangers. Cutting off the *end* leaves a sound, shorter chain: that is found by whoever has a
//! later [`Checkpoint`], a signed statement of how far the chain went, which is also in the gateway's own log lines.
//!
//! The chain is cut into [`Segment`]s. A full one is sealed: a checkpoint states its end, and a file gets its entries, one
//! a line, and that checkpoint as its last line. Entries leave the database when they are older than the retention, and
//! only once their whole segment is in its file, on disk; the rest of the chain follows the seal. [`Examination`] reads
//! such files, and exports that look the same, without a gateway.
//!
//! **Who waits.** [`Log::append`](madoguchi_core::audit::Audit::append) returns when the event is on disk: whatever
//! changes something waits for it, because what cannot be proven later should not have happened. A call that only reads
//! does not ([`Log::append_soon`]): the disk's flush would be most of the time that it takes, and a crash in the moment
//! after it loses no more than the note of a look. [`Keeper`] writes those in batches.
//!
//! **A disk that is full.** The first event that cannot be written raises an alarm, which the gateway's health shows. Then
//! either what cannot be recorded is refused ([`WhenFull::FailClosed`]), or it goes on ([`WhenFull::GoOn`]): events wait in
//! memory, a bounded number of them, and are written late. In either case the chain gets an entry that says from when to
//! when, how many follow late and how many are lost.

mod alarm;
mod archive;
mod chain;
mod checkpoint;
mod examination;
mod file;
mod keeper;
mod line;
mod log;
mod notary;
mod outbox;
mod port;
mod segment;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use archive::Archive;
pub use chain::{BrokenChain, Head, link, verify_chain};
pub use checkpoint::{Checkpoint, Statement};
pub use examination::{Examination, Finding, Known};
pub use keeper::Keeper;
pub use line::line;
pub use log::{Health, Log, Options, WhenFull};
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryEntries;
pub use notary::{Checkpoints, Notary, Rules};
pub use outbox::{Carrier, Outbox};
pub use port::{ChainStore, EntryStore, Told};
pub use segment::Segment;
