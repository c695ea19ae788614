//! Whole visits over twin readers in memory, the real card application, certificate check, consent and stand-in.
#![expect(clippy::unwrap_used, clippy::panic, reason = "assertions")]

mod away;
mod budget;
mod consents;
mod counter;
mod ends;
mod evidence;
mod house;
mod ladder;
mod left;
#[cfg(target_os = "linux")]
mod memory;
mod outcomes;
mod phones;
mod pins;
mod restart;
mod screen;
mod solitary;
mod stuck;
