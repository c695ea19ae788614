//! PC/SC: the smart card service of the operating system (pcscd, WinSCard).
//!
//! - [`Service`] is a connection to the service that is made when it is needed and dropped when it fails.
//! - [`Watch`] waits for what happens to any reader.
//! - [`Link`] is one reader with its card.
//! - [`selector`] makes names that stay of those that change.
//!
//! A connection serves one thread at a time, so each thread has one of its own. Every wait here has an end, except
//! that the service itself may hang: a driver in its reader's library then hangs with it, and the host's deadline
//! ends the process.

mod error;
mod interrupt;
mod link;
pub mod selector;
mod service;
mod slot;
mod watch;

pub use interrupt::Interrupt;
pub use link::Link;
pub use service::Service;
pub use slot::Slot;
pub use watch::Watch;
