//! PC/SC: the smart card service of the operating system (pcscd, WinSCard).
//!
//! - [`Service`] is a connection to the service that is made when it is needed and dropped when it fails.
//! - [`Watch`] waits for what happens to any reader.
//! - [`Link`] is one reader with its card.
//! - [`selector`] makes names that stay of those that change.
//!
//! A connection serves one thread at a time, so each thread has one of its own. A link's every wait has an end:
//! what the service itself does not end, such as an APDU that a card thinks about, is waited for on a thread of the link's
//! own, which is left to itself when the call is over. A question to a service that hangs itself has none: the host sees
//! that the driver stands still and ends it.

mod card;
mod error;
mod hold;
mod interrupt;
mod link;
pub mod selector;
mod service;
mod slot;
mod watch;

pub use hold::Hold;
pub use interrupt::Interrupt;
pub use link::Link;
pub use service::Service;
pub use slot::Slot;
pub use watch::Watch;
