//! Whatever fails, on a real pcscd: each visit ends in a typed reason or recovers, and the next visit works.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod card;
mod client;
mod driver;
mod gateway;
mod service;

use madoguchi_tests::Setup;

/// The APDUs of a card's visit that goes well, counted from one: SELECT AID, label (2), certificate (3), tries (2),
/// VERIFY, signing (2).
const APDUS: u32 = 11;
const VERIFY: u32 = 9;

/// A clinic that does not wait long for people.
fn impatient() -> Setup {
    Setup::default().set("check_in.card_wait_seconds", 1)
}
