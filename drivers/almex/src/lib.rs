//! The driver for Almex マイナタッチ: a face reader with a flat tray on a serial line over USB.
//!
//! The maker's protocol is not public. What is spoken here is written down, and marked as assumed, in this crate's
//! `PROTOCOL.md`; a maker replaces `codec`, `commands` and `error`. What sets this device apart:
//!
//! - **The tray is flat.** Whatever is laid down counts as a card, and what shows no chip in the device's own time is
//!   taken for paper: it is reported as present, and powering it up ends in
//!   [`Error::CardNotRecognized`](madoguchi_driver_api::Error::CardNotRecognized).
//! - **The line is lost more often than others** (「COM切断」), and comes back as another port. A reader is known by the
//!   serial number that it says itself, so its selector stays. Until it was open once it is listed by the serial number that
//!   USB tells of the port, and by the port where USB tells none: with an adapter this is another name.
//! - **A serial port says nothing of who is behind it.** A port that nobody knows is greeted a few times; one
//!   that does not answer as this protocol does is left alone until it goes and comes again.

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

pub use factory::{AlmexFactory, driver};
pub use reader::LAST_RETURN_VALUE;
