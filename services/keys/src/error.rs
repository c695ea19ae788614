//! Why the keys cannot be had.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::InvalidKeySet;

/// Why the keys cannot be had. None of them holds a key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or the folder could not be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or the folder could not be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process keeps the folder to itself.
    #[error("{} has been held by another process for too long", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
    },
    /// The key set in the folder is none.
    #[error("{}: {source}", path.display())]
    KeySet {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: InvalidKeySet,
    },
    /// A file is not a private key that can sign.
    #[error("{} is not a P-256 private key in PKCS#8 PEM", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file of the pseudonyms' key is not one.
    #[error("{} must hold exactly 32 bytes", path.display())]
    NotAPseudonymKey {
        /// The file.
        path: PathBuf,
    },
    /// The folder may not be written, and something is not in it.
    #[error("{} is not there, and the folder is read-only", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The folder may not be written, so that its keys are rotated by whoever fills it.
    #[error("the folder of keys is read-only: whoever fills it rotates them")]
    ReadOnly,
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl Error {
    pub(crate) fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Read {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn write(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Write {
            path: path.into(),
            source,
        }
    }
}
