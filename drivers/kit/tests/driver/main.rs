//! The driver over a made-up maker whose devices a test plugs in, fills and pulls.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod calls;
mod events;
mod plugging;
mod world;
