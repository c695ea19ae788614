//! The real driver on a pseudo terminal, against the simulated device that follows the same written protocol.
#![cfg(target_os = "linux")]

mod bounds;
mod card;
mod discovery;
mod faults;
mod loss;
mod screens;
mod support;
