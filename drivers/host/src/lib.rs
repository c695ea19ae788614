//! Runs makers' plugins, each in a child process of its own.
//!
//! The parent side lives in the gateway: [`Drivers`] inspects the plugin folders, starts the gateway's own program
//! again for each good one, watches over these processes and is the services' port to the readers behind them. The
//! child side is [`child::run`]: it opens one plugin, and runs the card application next to the reader, on the
//! reader's own thread. Between them lies a private socket with gRPC on it.
//!
//! A maker's code that crashes, hangs or leaks costs its own process: calls have deadlines, a process that ignores
//! them is killed and started again, and its visit ends with a typed reason. No process outlives the gateway.

mod backoff;
pub mod bench;
pub mod child;
mod connection;
mod core_dumps;
mod drivers;
mod hub;
mod lease;
mod link;
mod logging;
mod options;
mod plugin;
mod spawner;
mod status;
mod supervisor;
mod wire;

pub use core_dumps::forbid_core_dumps;
pub use drivers::{Drivers, StartError};
pub use logging::{LogFormat, Logging, UnknownFormat};
pub use options::{CallOptions, Options, RestartOptions, Settings};
pub use plugin::{
    KeyError, LoadPhase, Manifest, NotRevocable, PackError, PluginReport, Problem, Refused, Revoked,
    ScanError, SigningKey, Trust, TrustedKey, UnknownPhase, VerifiedPlugin, inspect, pack, scan, sign,
};
pub use status::{DriverState, DriverStatus};
