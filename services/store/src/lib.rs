//! SQLite behind the services' ports, in one file: receipts, the audit chain, challenges, visits.
//!
//! What a port acknowledged survives kill -9 and power loss: the journal is a WAL with `synchronous=FULL`, and an
//! answer is given only after the commit. One thread writes; it takes everything that waits, runs each job in a
//! savepoint of one transaction, commits once and then answers each (group commit), so that sixty-four visits at once
//! do not wait for sixty-four disk flushes. Readers have connections of their own and see every acknowledged write.
//!
//! **Personal data.** Results of visits (names, insurance, medical data) lie in `resources.body` until the owner purges
//! them after its `result_ttl`; deleted pages are overwritten (`secure_delete`). The file is created readable for its
//! owner only. PINs are never in it.
//!
//! SQL is kept to what PostgreSQL understands too, one port a file; what only SQLite has is in `pragma`. Parameters
//! are numbered in the order of their first use, because SQLite binds `$1`, `$2`, … by that order. A lock file
//! beside the database keeps a second gateway from opening it, which would end the visits of the first.

mod error;
mod evidence;
mod job;
mod pragma;
mod reader;
mod schema;
mod service;
mod store;
mod value;
mod writer;

mod accounts;
mod batch_checks;
mod cases;
mod chain;
mod challenges;
mod checks;
mod deferrals;
mod entries;
mod face_results;
mod outbox;
mod outlook;
mod receipts;
mod registrations;
mod resources;

#[cfg(test)]
mod tests;

pub use error::{Error, Trouble};
#[cfg(any(test, feature = "test-util"))]
pub use store::Temporary;
pub use store::{Options, Statistics, Store};
