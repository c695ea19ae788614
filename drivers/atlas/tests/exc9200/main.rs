//! The driver as the host has it, over TCP, against the twin: the two share nothing but the written protocol.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's helpers fail the test, and say how long it took"
)]

mod calling_off;
mod desk;
mod discovery;
mod endings;
mod faults;
mod old;
mod steps;
mod visits;
