//! Whole visits over twin readers in memory, the real card application, certificate check, consent and stand-in.
#![expect(clippy::unwrap_used, clippy::panic, reason = "assertions")]

mod ends;
mod house;
mod outcomes;
mod pins;
mod restart;
