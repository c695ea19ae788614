//! Why a command could not do what it was asked, and with which exit code it says so.

use std::io;
use std::path::PathBuf;

use madoguchi_core::Reason;
use madoguchi_driver_host::PackError;
use serde::Serialize;
use thiserror::Error;
use tonic_types::StatusExt as _;

use crate::cli::driver::NewError;
use crate::cli::exit::Exit;

/// Why a command could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(&'static str),
    /// A value of the command line is none.
    #[error("{flag} must be {expected}")]
    Value {
        /// The flag.
        flag: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(#[source] crate::config::Problem),
    /// The gateway could not be built or ended badly.
    #[error("{0}")]
    Gateway(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file that was named cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that was named is no key set.
    #[error("{} {source}", path.display())]
    KeySet {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: madoguchi_keys::InvalidKeySet,
    },
    /// A file that was named is not what it should be.
    #[error("{} is not {expected}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// Why it is not.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Certificates that were named cannot be used.
    #[error("{0}")]
    Certificates(#[from] madoguchi_certificate::Error),
    /// The gateway does not answer.
    #[error("no gateway answers at {endpoint}: {}", innermost(source))]
    Connect {
        /// Where it was looked for.
        endpoint: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
    /// The gateway refused a call.
    #[error("{}", refused(status))]
    Refused {
        /// What it said.
        status: Box<tonic::Status>,
    },
    /// The gateway said something that this program does not understand.
    #[error("the gateway's answer lacks {0}; is it a newer or older madoguchi?")]
    Answer(&'static str),
    /// The twin could not be made.
    #[error("{0}")]
    Twin(#[from] madoguchi_twin::Error),
    /// The simulated device could not be plugged in.
    #[error("{}: {}", .0, innermost(.0))]
    Device(#[from] madoguchi_twin::device::StartError),
    /// The simulated device did not do it.
    #[error("{0}")]
    Stage(#[from] madoguchi_twin::device::ClientError),
    /// No project was made.
    #[error("{0}")]
    New(#[from] NewError),
    /// Nothing was packed.
    #[error("{0}")]
    Pack(#[from] PackError),
    /// Standard input or output.
    #[error("standard input or output: {0}")]
    Terminal(#[from] io::Error),
    /// A key cannot be read.
    #[error("{0}")]
    Key(#[source] Box<madoguchi_driver_host::KeyError>),
    /// The rules could not be tried.
    #[error("{0}")]
    Conform(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The demo lacks something.
    #[cfg(unix)]
    #[error("{0}")]
    Demo(#[from] crate::demo::Error),
    /// Nothing could be measured.
    #[cfg(unix)]
    #[error("{0}")]
    Bench(#[from] crate::bench::Error),
    /// The user pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Value { .. } => Exit::Usage,
            Self::Config(problem) => match problem.exit_code() {
                69 => Exit::Unavailable,
                70 => Exit::Internal,
                _ => Exit::Usage,
            },
            #[cfg(unix)]
            Self::Demo(_) => Exit::Unavailable,
            #[cfg(unix)]
            Self::Bench(crate::bench::Error::Process(_)) => Exit::Unavailable,
            #[cfg(unix)]
            Self::Bench(_) => Exit::Internal,
            Self::New(NewError::Name(_) | NewError::Source(_)) => Exit::Usage,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::KeySet { .. }
            | Self::Malformed { .. }
            | Self::Certificates(_)
            | Self::Key(_)
            | Self::New(_)
            | Self::Pack(_) => Exit::Data,
            Self::Twin(madoguchi_twin::Error::Read { .. } | madoguchi_twin::Error::Persona { .. }) => {
                Exit::Data
            }
            Self::Stage(madoguchi_twin::device::ClientError::Malformed(_)) => Exit::Usage,
            Self::Conform(_) => Exit::Reader,
            Self::Connect { .. } | Self::Device(_) | Self::Stage(_) => Exit::Unavailable,
            Self::Refused { status } => refused_exit(status),
            Self::Interrupted => Exit::Cancelled,
            Self::Gateway(_) | Self::Answer(_) | Self::Twin(_) | Self::Terminal(_) => Exit::Internal,
        }
    }

    /// The code of the reason, where the gateway gave one.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { status } => reason_of(status),
            _ => None,
        }
    }

    /// The same for machines.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            error: Complaint {
                exit_code: self.exit().code(),
                reason: self.reason().map(Reason::code),
                message: self.to_string(),
            },
        }
    }
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        Self::Refused {
            status: Box::new(status),
        }
    }
}

/// The one JSON object of a command that did not succeed.
#[derive(Debug, Serialize)]
pub struct Report {
    error: Complaint,
}

#[derive(Debug, Serialize)]
struct Complaint {
    exit_code: u8,
    reason: Option<&'static str>,
    message: String,
}

/// The reason in a status, where the gateway gave one that is known here.
#[must_use]
pub fn reason_of(status: &tonic::Status) -> Option<Reason> {
    status
        .get_details_error_info()
        .and_then(|info| info.reason.parse().ok())
}

/// The gateway's message names the fields that are wrong; here it gets the reason's code and the receptionist's sentence.
fn refused(status: &tonic::Status) -> String {
    match reason_of(status) {
        Some(reason) => format!("{} ({}) {}", status.message(), reason.code(), reason.message_ja()),
        None => format!("{} ({:?})", status.message(), status.code()),
    }
}

fn refused_exit(status: &tonic::Status) -> Exit {
    if let Some(reason) = reason_of(status) {
        return reason.into();
    }
    match status.code() {
        tonic::Code::Unauthenticated | tonic::Code::PermissionDenied => Exit::Permission,
        tonic::Code::InvalidArgument => Exit::Usage,
        tonic::Code::Internal => Exit::Internal,
        // The line broke, or something else than madoguchi answers there.
        _ => Exit::Unavailable,
    }
}

/// The last cause: tonic's own sentence is only "transport error".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
