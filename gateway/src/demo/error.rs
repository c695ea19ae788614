//! What the demo lacks.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why the demo cannot be played.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// No PC/SC service, or no virtual reader for it.
    #[error("{0}. `cargo xtask demo` installs what the demo needs")]
    Pcscd(#[from] madoguchi_twin::pcscd::Error),
    /// No driver lies beside the program.
    #[error("{} is not there: `cargo xtask build` packs the driver plugins beside the program, `cargo xtask demo` does all", path.display())]
    NoPlugin {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file or process of the demo cannot be made.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The gateway ended, or was not ready in time.
    #[error("the gateway {what}; its log says:\n{log}")]
    Gateway {
        /// What it did.
        what: &'static str,
        /// The end of its log.
        log: String,
    },
    /// No reader appeared, or a card stayed on it.
    #[error("the gateway's readers did not come to be {wanted} in time")]
    Readers {
        /// What was waited for.
        wanted: &'static str,
    },
    /// A persona of the script is not there: a fault of madoguchi.
    #[error("there is no persona {0}")]
    Persona(&'static str),
    /// The card's thread has ended: a fault of madoguchi.
    #[error(transparent)]
    Card(#[from] madoguchi_twin::vpcd::Stopped),
}
