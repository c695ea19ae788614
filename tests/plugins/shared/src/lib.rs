//! A fake driver: two readers, a card in memory, and misbehaviour on request. The fixture plugins export it.

mod card;
pub mod code;
mod driver;
mod reader;
mod trouble;

pub use card::{CERTIFICATE, PIN};
pub use driver::FakeDriver;

/// What the fixtures panic with. Nothing outside may ever show it: a maker's panic text might hold personal data.
pub const SECRET: &str = "SECRET-4711";

/// How a fixture behaves without being told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// As it should. The readers are `fake-1`, with a card on it, and `fake-2`, empty.
    Good,
    /// Panics when it transmits.
    PanicOnTransmit,
    /// Never returns when it transmits.
    HangOnTransmit,
    /// Answers nonsense. Readers, each named after what it answers to an APDU: `garbage` (3 bytes that mean
    /// nothing), `flood` (more than any card), `empty`; and one whose selector is not one: `bad selector`.
    Nonsense,
}
