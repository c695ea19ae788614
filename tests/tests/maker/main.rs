//! A maker's afternoon: a project of his own from `driver new`, built, packed, loaded, and a patient in front of its
//! simulated device; and the plugins that other makers built long ago.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod golden;
mod project;
mod refused;
