//! Asks the patient, item by item, what this facility may see, and keeps the answers.
//!
//! No receipt, no data: what is not recorded here was never agreed to. Receipts are append-only, say who asked, what
//! for, in which words and language, and are signed and on disk before anyone acts on them. What comes later, that
//! consent is taken back or what the national service said about it, is a signed record beside the receipt. The items
//! and the wording are data (`items.toml`, `wording/*.toml`), so that a changed sentence is a new version and not a new
//! program. `CLAIMS.md` says exactly what is signed.

mod claims;
mod current;
mod items;
mod port;
mod service;
mod wording;

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use claims::{Answer, Claims, ItemWindow, Kind, NotConsent, verify};
pub use current::CurrentConsent;
pub use items::Items;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryReceipts;
pub use port::ReceiptStore;
pub use service::{Options, Parts, Service};
pub use wording::{InvalidAnswers, Wording};
