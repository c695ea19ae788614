//! The driver over the HID link and a real pcscd, against the twin device.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod cards;
mod discovery;
mod faults;
mod pages;
mod people;
mod plugs;
mod world;
