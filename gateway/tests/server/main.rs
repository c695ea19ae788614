//! The gateway's front, from the outside: real sockets, readers that are made up.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first thing that is wrong"
)]

mod audit;
mod cells;
mod fallback;
mod front;
mod kiosk;
mod life;
mod out_of_service;
mod patient;
mod pki;
mod signed;
mod slow_watcher;
mod strangers;
mod support;
mod tls;
mod uplink;
mod withdrawn;
