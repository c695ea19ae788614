//! Simulated cards and phones that answer APDUs like real ones, for the demo, the sandbox and the tests.
//!
//! A [`Persona`] is a made-up person with a card or a phone; [`TestCa`] issues the certificate; [`VirtualCard`] is the
//! chip; [`Faults`] is what goes wrong. The card is put on a real PC/SC service through [`vpcd`] (and [`pcscd`] starts
//! a private one), or talked to in memory through [`MemorySession`].
//!
//! The chip signs raw DigestInfos with the `rsa` crate. That crate leaks timing (RUSTSEC-2023-0071), which is why it is
//! used nowhere else in this house; here the keys are published with the source and there is nothing to leak, and
//! `ring` cannot sign a DigestInfo that somebody else made.

pub mod ca;
pub mod card;
pub mod device;
mod error;
pub mod faults;
mod keys;
mod line;
pub mod memory;
#[cfg(unix)]
pub mod pcscd;
pub mod persona;
pub mod readers;
pub mod vpcd;

pub use ca::TestCa;
pub use card::VirtualCard;
pub use error::Error;
pub use faults::Faults;
pub use line::{Report, Seen};
pub use memory::MemorySession;
pub use persona::{Persona, Record};
pub use readers::{Shown, TwinReaders, TwinScreen};
