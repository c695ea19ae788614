//! How often a card's PIN may still be tried.
//!
//! Three wrong tries lock a PIN, and only the municipality unlocks it. The card keeps the number; this room remembers
//! it for the moments in which the card cannot be asked, and for the try of which nobody knows whether it was spent: it
//! is taken off on disk before the PIN is sent. [`Account`] is the arithmetic, [`AccountStore`] runs it as one step
//! wherever the account lies, and [`Budget`] puts a certificate in the place of the account's key.

mod account;
mod budget;
mod port;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use account::{Account, Change, Outcome, Pin};
pub use budget::Budget;
#[cfg(any(test, feature = "test-util"))]
pub use memory::{MemoryAccounts, ReadablePseudonyms};
pub use port::AccountStore;
