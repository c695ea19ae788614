//! The driver for Panasonic Connect's face reader XC-STFR1J-MN.
//!
//! The device is two devices on one cable: a HID half (screen, PIN pad, camera) with a protocol of its own, and a chip
//! slot that is an ordinary PC/SC reader. This driver makes one reader of them: a device whose slot is missing is
//! listed as unavailable, with the reason. What the HID half speaks is **assumed**: see `PROTOCOL.md`.
//!
//! It is stepwise: pages, PIN pad and camera go over HID, cards over PC/SC. A card stays powered through PC/SC while
//! the HID half verifies the face, because what the card then grants ends with its power.

mod commands;
mod device;
mod error;
mod factory;
mod quirks;
mod reader;
mod screens;
mod slot;
mod tasks;
mod transport;

pub use factory::PanasonicDriver;
pub use reader::CONTROL_ECHO;
#[doc(hidden)]
pub use transport::{codec, message};
