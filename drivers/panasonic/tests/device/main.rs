//! The driver over the HID link and a real pcscd, against the twin device.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "these are tests, and some measure"
)]

mod cards;
mod discovery;
mod faults;
mod pages;
mod people;
mod plugs;
mod world;
