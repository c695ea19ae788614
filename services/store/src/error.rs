//! What can go wrong with a database.

use std::path::PathBuf;
use std::sync::Arc;

use madoguchi_core::Reason;
use rusqlite::ErrorCode;
use thiserror::Error as ThisError;

/// The kind of trouble that SQLite reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// Another program holds the database.
    Busy,
    /// The disk is full.
    Full,
    /// The file is damaged or is no database.
    Corrupt,
    /// The file may not be opened or written.
    Access,
    /// The disk failed.
    Io,
    /// Anything else: a fault of madoguchi.
    Other,
}

/// Why the store did not do it.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be made or opened.
    #[error("{}: cannot be opened", path.display())]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// Another gateway has it open.
    #[error("{}: is in use by another madoguchi", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A newer madoguchi wrote it; this one could damage it.
    #[error(
        "the database has schema version {found}, and this madoguchi knows only up to {known}: use the newer one"
    )]
    Newer {
        /// The version of the file.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// SQLite could not.
    #[error("the database is in trouble: {trouble:?}")]
    Sqlite {
        /// What kind of trouble.
        trouble: Trouble,
        /// What SQLite says.
        #[source]
        source: Arc<rusqlite::Error>,
    },
    /// A row holds what no madoguchi writes.
    #[error("a row of {table} cannot be understood")]
    Malformed {
        /// Which table.
        table: &'static str,
    },
    /// Too much waits already.
    #[error("too many jobs wait for the database")]
    Overloaded,
    /// It took too long; whether it happened is not known.
    #[error("the database did not answer in time")]
    Deadline,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The port's contract says no; nothing was written.
    #[error("refused: {}", .0.code())]
    Refused(Reason),
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        let trouble = match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Busy,
            Some(ErrorCode::DiskFull) => Trouble::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Corrupt,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Trouble::Access
            }
            Some(ErrorCode::SystemIoFailure) => Trouble::Io,
            _ => Trouble::Other,
        };
        Self::Sqlite {
            trouble,
            source: Arc::new(source),
        }
    }
}

impl Error {
    /// What a caller of the service is told.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Refused(reason) => *reason,
            Self::Overloaded => Reason::Overloaded,
            Self::Malformed { .. } => Reason::Internal,
            Self::Unopenable { .. }
            | Self::InUse { .. }
            | Self::Newer { .. }
            | Self::Sqlite { .. }
            | Self::Deadline
            | Self::Closed => Reason::StoreUnavailable,
        }
    }

    /// The reason, with what really happened in the log: behind a port nobody sees more than the reason.
    pub(crate) fn into_reason(self) -> Reason {
        match &self {
            Self::Refused(_) => {}
            // SQLite's own sentence is left out: it may quote values.
            Self::Sqlite { trouble, source } => {
                tracing::error!(?trouble, code = ?source.sqlite_error_code(), "the database is in trouble");
            }
            other => tracing::error!(error = %other, "the store did not do it"),
        }
        self.reason()
    }
}
