//! What the machinery costs, measured against floors in the same run: for `bench plugin-call`, `bench transmit`
//! and `bench counter`.

mod plugin_call;
mod quantiles;
mod start;
mod transmit;

use thiserror::Error;

pub use plugin_call::{PluginCallOptions, PluginCallReport, plugin_call};
pub use quantiles::Quantiles;
pub use start::{StartOptions, start};
pub use transmit::{TransmitOptions, TransmitReport, transmit};

use crate::plugin::Problem;

/// Why there is nothing to measure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The plugin is not loaded.
    #[error(transparent)]
    Plugin(#[from] Problem),
    /// The operating system does not play along.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A process cannot be reached.
    #[error("a child process cannot be reached: {0}")]
    Connect(#[from] tonic::transport::Error),
    /// A call to a process failed.
    #[error("a child process answers {0}")]
    Call(#[from] Box<tonic::Status>),
    /// The driver failed.
    #[error("the driver: {0}")]
    Driver(#[from] madoguchi_driver_api::Error),
    /// The bare card failed.
    #[error("PC/SC: {0}")]
    Pcsc(#[from] pcsc::Error),
    /// There is no reader to measure with.
    #[error("the driver has no reader")]
    NoReader,
    /// There is no card to measure with.
    #[error("no PC/SC reader has a card on it")]
    NoCard,
    /// An answer is not the one that was to be measured.
    #[error("an answer differs from what was sent")]
    WrongAnswer,
    /// The measuring thread ended early.
    #[error("the measurement ended early")]
    Ended,
}

/// Measures on a thread of its own, so that it may be called from anywhere and disturbs no runtime.
fn on_own_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(work)?
        .join()
        .map_err(|_| Error::Ended)?
}

/// As [`on_own_thread`], on a runtime of that thread.
fn on_own_runtime<T: Send + 'static>(
    work: impl AsyncFnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    on_own_thread("bench", move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(work())
    })
}
