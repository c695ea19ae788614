//! The driver for Canon MJ Hi-CARA: a face reader that reads cards and phones itself.
//!
//! The device protocol is assumed, see `PROTOCOL.md`. The driver is stepwise. What sets this maker apart:
//!
//! - **It reads phones**, at an antenna of their own: a counter with it needs no other reader.
//! - **It has no 目視**, the staff's check by eye, on the device. Newer firmware takes staff's word from the gateway; the
//!   oldest does not, so that there a face that fails and a PIN that is forgotten end the visit.
//! - **It holds the texts of its screens** and is sent template numbers. What a generation lacks, a page or a language,
//!   it is sent as texts.

#[doc(hidden)]
pub mod codec;
mod commands;
mod device;
mod error;
mod factory;
mod field;
mod quirks;
mod reader;
mod screens;
mod transport;

pub use factory::{HiCaraFactory, driver};
