//! The real driver on a pseudo terminal, against the simulated device that follows the same written protocol.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod bounds;
mod card;
mod discovery;
mod faults;
mod loss;
mod screens;
mod support;
