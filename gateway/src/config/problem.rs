//! Why a gateway cannot start, in one sentence that says what to mend.

use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// Why a gateway cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The configuration file is not there or cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML.
    #[error("{origin}: is not TOML: {message}")]
    Syntax {
        /// The file.
        origin: String,
        /// Where and why.
        message: String,
    },
    /// A key that nobody knows.
    #[error("{key}: no such key{}", nearest.as_ref().map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default())]
    UnknownKey {
        /// Its path.
        key: String,
        /// The known key that is nearest to it, where one is near.
        nearest: Option<String>,
    },
    /// A value of another kind than the key's.
    #[error("{key}: must be {expected}, not {found}")]
    WrongType {
        /// Its path.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A value that cannot be accepted.
    #[error("{key}: {problem}")]
    Value {
        /// Its path.
        key: String,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// The trust anchors cannot be used.
    #[error("trust.anchors: {0}")]
    Anchors(#[source] madoguchi_certificate::Error),
    /// A file with certificates or a key cannot be used.
    #[error("{key}: {}: {problem}", path.display())]
    Tls {
        /// The key that names it.
        key: String,
        /// The file.
        path: PathBuf,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// The port cannot be had.
    #[error("server.listen: {listen} cannot be opened: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database's folder cannot be made.
    #[error("store.path: the folder {} cannot be made: {source}", path.display())]
    StoreFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be had.
    #[error("store.path: {0}")]
    Store(#[from] madoguchi_store::Error),
    /// The audit log's own database cannot be had.
    #[error("audit.path: {0}")]
    AuditStore(#[source] madoguchi_store::Error),
    /// The gateway's own keys cannot be had.
    #[error("keys.directory: {0}")]
    Keys(#[from] madoguchi_keys::Error),
    /// What an earlier process left could not be read, or what it left open could not be ended.
    #[error("what the last run left could not be read and ended: {0}")]
    Recovery(#[source] madoguchi_core::Reason),
    /// The drivers cannot be started at all. What is wrong with one plugin is not among this: the others run.
    #[error("drivers.directory: {0}")]
    Drivers(#[source] madoguchi_driver_host::StartError),
    /// The system does not say where the program is, which `@exe` and the drivers' processes need.
    #[error("the running program cannot be found: {0}")]
    Program(#[source] std::io::Error),
    /// The port could not be served any more.
    #[error("serving ended: {0}")]
    Serve(#[source] tonic::transport::Error),
    /// Something that is built in does not fit together: a fault of madoguchi.
    #[error("internal fault: {0}")]
    Internal(&'static str),
}

impl Problem {
    /// A value that cannot be accepted.
    pub(crate) fn value(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Value {
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// The exit code of a program that ends for it: 64 where the configuration is to be mended, 69 where something
    /// outside is not to be had now, 70 for a fault of madoguchi.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Listen { .. }
            | Self::StoreFolder { .. }
            | Self::Store(_)
            | Self::AuditStore(_)
            | Self::Keys(_)
            | Self::Recovery(_) => 69,
            Self::Program(_) | Self::Serve(_) | Self::Internal(_) => 70,
            _ => 64,
        }
    }
}
