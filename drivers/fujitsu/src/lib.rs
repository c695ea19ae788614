//! The driver for Fujitsu's Caora.
//!
//! The maker's protocol is not public. This driver speaks an assumed one, written down in `PROTOCOL.md`, over HID
//! reports. It is stepwise: the gateway leads, the device shows pages, takes the PIN, verifies the face and carries
//! APDUs. Whoever has the real protocol replaces `codec`, `commands`, `screens` and `error`, and leaves the rest.

#[doc(hidden)]
pub mod codec;
mod commands;
mod device;
mod error;
mod factory;
mod quirks;
mod reader;
mod screens;
mod transport;

pub use factory::{CaoraFactory, driver};
pub use reader::DIAGNOSE;
