//! madoguchi's gateway: configuration, server, RPC edge and the one place where everything is put together.
//!
//! A request meets [`server`] (TLS, identity, roles, limits), then the RPC edge (wire types become domain types, all
//! wrong fields at once), then the services through their handles. [`app`] is the only composition root.

pub mod app;
#[cfg(unix)]
pub mod bench;
pub mod cli;
pub mod config;
#[cfg(unix)]
pub mod demo;
mod remote;
mod rpc;
pub mod server;
pub mod telemetry;
pub mod uplink;
