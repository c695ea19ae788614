//! Why nothing could be measured.

use std::io;

use madoguchi_core::Reason;
use thiserror::Error;

/// Why nothing could be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The gateway under test cannot be put together.
    #[error("the gateway cannot be put together: {0}")]
    Gateway(#[from] crate::config::Problem),
    /// The gateway cannot be started as a process.
    #[error(transparent)]
    Process(#[from] crate::demo::Error),
    /// The driver's machinery cannot be measured.
    #[error(transparent)]
    Driver(#[from] madoguchi_driver_host::bench::Error),
    /// The card under test cannot be made.
    #[error(transparent)]
    Twin(#[from] madoguchi_twin::Error),
    /// A certificate under test cannot be read.
    #[error(transparent)]
    Certificate(#[from] madoguchi_certificate::Error),
    /// The device under test cannot be plugged in.
    #[error(transparent)]
    Device(#[from] madoguchi_twin::device::StartError),
    /// The device under test does not do what it is told.
    #[error(transparent)]
    Stage(#[from] madoguchi_twin::device::Refused),
    /// The patient under test did not get to the page that was to be measured.
    #[error("a patient is at the page {found} instead of {wanted}, after {seen:?}")]
    Page {
        /// The page that was to be measured.
        wanted: &'static str,
        /// The page that is shown.
        found: &'static str,
        /// The pages before it.
        seen: Vec<&'static str>,
    },
    /// A visit asks what no measured visit is asked.
    #[error("a visit asks anew, or for something else than {wanted}")]
    Asked {
        /// What it was to ask for.
        wanted: &'static str,
    },
    /// The line to the gateway broke.
    #[error("the line broke: {0}")]
    Line(#[from] tonic::transport::Error),
    /// A call was refused.
    #[error("a call was refused: {}", .0.message())]
    Refused(Box<tonic::Status>),
    /// A visit ended otherwise than every measured visit must.
    #[error("a visit did not complete{}", .0.map(|reason| format!(": {reason}")).unwrap_or_default())]
    Visit(Option<Reason>),
    /// The floor's database does not work.
    #[error("the floor's database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file, process or thread.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A part of the measurement ended before its time: a fault of madoguchi.
    #[error("{0} ended early")]
    Ended(&'static str),
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        Self::Refused(Box::new(status))
    }
}
