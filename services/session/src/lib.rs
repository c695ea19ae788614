//! A resource that takes a human and minutes: it is started, changes until it ends, and is read and watched all the
//! while. Check-ins and authentications are such resources.
//!
//! [`Table::start`] makes one and hands its only [`Publisher`] to the task that leads it. What the publisher
//! publishes is on disk *before* anyone sees it, so that nothing that was seen is lost by a kill -9. A watcher gets
//! the current state at once, then the latest state after each change (never a backlog), the terminal state last. A
//! resource that ended leaves memory and is served from the store until the store purges it.
//!
//! Nobody is left waiting: a publisher that is dropped before the end, by a panic or a cancelled call, ends its
//! resource through the owner's closure, and so does [`Table::open`] with what an earlier process left open.

mod port;
mod publisher;
mod resource;
mod table;
mod updates;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryResources;
pub use port::{Ending, Inserted, NewRow, ResourceStore, Row, Update};
pub use publisher::Publisher;
pub use resource::Resource;
pub use table::{Options, Request, Started, Table};
pub use updates::Updates;
