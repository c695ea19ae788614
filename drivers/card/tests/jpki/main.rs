//! The JPKI application against the twin's card in memory, and against cards that answer by script.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helpers fail the test"
)]

mod budget;
mod certificate;
mod faults;
mod pin;
mod properties;
mod script;
mod select;

use madoguchi_core::Pin;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_twin::{MemorySession, Persona, TestCa, VirtualCard};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-06-15 10:00 +9);

fn persona(name: &str) -> Persona {
    Persona::by_name(name).unwrap().unwrap()
}

fn card(name: &str) -> MemorySession {
    MemorySession::new(VirtualCard::new(&persona(name), &TestCa::new().unwrap(), NOW).unwrap())
}

fn certificate(name: &str) -> CertificateDer {
    persona(name).certificate(&TestCa::new().unwrap(), NOW).unwrap()
}

fn pin(digits: &str) -> Pin {
    Pin::new(digits.as_bytes().to_vec()).unwrap()
}
