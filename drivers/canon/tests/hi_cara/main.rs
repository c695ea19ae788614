//! The driver as the host has it, over HID links, against the twin: the two share nothing but the written protocol.
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod calling_off;
mod card;
mod desk;
mod discovery;
mod face;
mod faults;
mod phone;
mod pin;
mod restart;
mod screens;
