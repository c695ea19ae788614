//! Which readers staff keep out of service.
//!
//! How a reader is (its operating state) is the driver's to say; whether it is to be used (its administrative state) is
//! staff's. This room keeps the second apart from the first: it is on disk before it is acknowledged, it outlives
//! restarts and re-plugging, and a reader that is not plugged in can be put back as well.

mod port;
mod roster;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryService;
pub use port::ServiceStore;
pub use roster::Roster;
