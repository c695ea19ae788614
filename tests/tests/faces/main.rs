//! Visits at face readers: the makers' drivers in their processes, twins of the devices, patients who go through the
//! visit by themselves.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod card;
