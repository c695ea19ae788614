//! What can go wrong on the device, and what it means to the gateway.

use std::fmt;

use madoguchi_driver_api::Error as Api;
use minicbor::Decode;
use thiserror::Error;

use crate::codec::Damage;
use crate::transport::Response;

/// What went wrong between driver and device.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// The line failed; the transport said how.
    #[error("the line failed")]
    Line(#[source] Api),
    /// The call was called off, or its time was up.
    #[error("the call ended")]
    Ended(#[source] Api),
    /// The device said no.
    #[error("operation {operation}: {status}")]
    Refused { operation: u8, status: Status },
    /// What came could not be read and cannot be had again.
    #[error("operation {operation}: the answer cannot be read")]
    Damaged {
        operation: u8,
        #[source]
        damage: Damage,
    },
    /// The device cannot give the answer that was lost once more.
    #[error("operation {operation}: the answer is lost")]
    Lost { operation: u8 },
    /// A whole answer that does not say what the page says.
    #[error("operation {operation}: the answer is not of its form")]
    Answer {
        operation: u8,
        #[source]
        source: minicbor::decode::Error,
    },
    /// An answer of the right form that does not fit what was asked.
    #[error("operation {operation}: the answer does not fit the question")]
    Unfit { operation: u8 },
    /// Nothing came.
    #[error("operation {operation}: no answer")]
    Silent { operation: u8 },
    /// The device started anew while it was asked.
    #[error("the device started anew")]
    Restarted,
    /// What was to be sent does not fit the line.
    #[error("operation {operation}: the request does not fit a frame")]
    Request { operation: u8 },
    /// This device lacks it.
    #[error("this device cannot do that")]
    Lacking,
    /// No card or phone is powered.
    #[error("no card is powered")]
    NoCard,
    /// What was powered left.
    #[error("the card left")]
    CardLeft,
    /// What was powered lost its power.
    #[error("the card lost its power")]
    CardReset,
}

/// How the device says that a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Done,
    /// It does not know the operation.
    UnknownOperation,
    /// It could not make sense of the request.
    Malformed,
    /// The target is not in the field.
    NoTarget,
    /// The target moved off in the middle.
    MovedOff,
    /// The target does not answer.
    Mute,
    /// There is more than one thing in the field.
    Collision,
    /// Another request is pending.
    Busy,
    /// The request was stopped.
    Stopped,
    /// Not this device or not this kind of target.
    NotHere,
    /// No card is active.
    NotActive,
    /// It has no such template.
    UnknownTemplate,
    /// The answer is not kept.
    Forgotten,
    /// The request that was recalled is still pending.
    Pending,
    /// The APDU is longer than it can carry.
    ApduTooLong,
    /// Its own trouble, with its code.
    Trouble(u16),
    /// A status of a later revision.
    Unknown(u16),
}

impl From<u16> for Status {
    fn from(status: u16) -> Self {
        match status {
            0 => Self::Done,
            1 => Self::UnknownOperation,
            2 => Self::Malformed,
            3 => Self::NoTarget,
            4 => Self::MovedOff,
            5 => Self::Mute,
            6 => Self::Collision,
            7 => Self::Busy,
            8 => Self::Stopped,
            9 => Self::NotHere,
            10 => Self::NotActive,
            11 => Self::UnknownTemplate,
            12 => Self::Forgotten,
            13 => Self::Pending,
            14 => Self::ApduTooLong,
            15 => Self::Trouble(0),
            other => Self::Unknown(other),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(code) => write!(f, "device trouble {code}"),
            Self::Unknown(status) => write!(f, "unknown status {status}"),
            other => write!(f, "{other:?}"),
        }
    }
}

#[derive(Decode)]
#[cbor(map)]
struct TroubleCode {
    #[n(1)]
    code: Option<u16>,
}

impl Error {
    /// The device said no; its trouble has a code in the result.
    pub(crate) fn refused(operation: u8, status: Status, response: &Response) -> Self {
        let status = match status {
            Status::Trouble(_) => {
                let code = response.decode().ok().and_then(|TroubleCode { code }| code);
                Status::Trouble(code.unwrap_or_default())
            }
            status => status,
        };
        Self::Refused { operation, status }
    }

    /// Whether the device said just that.
    pub(crate) fn is(&self, wanted: Status) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == wanted)
    }
}

impl From<Error> for Api {
    fn from(error: Error) -> Self {
        let protocol = |error: Error| Self::Protocol {
            detail: match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            },
        };
        match error {
            Error::Line(error) | Error::Ended(error) => error,
            // It is connected anew: who it is may have changed with its firmware.
            Error::Restarted => Self::ReaderRemoved,
            Error::Lacking => Self::Unsupported,
            Error::NoCard => Self::NoCard,
            Error::CardLeft => Self::CardRemoved,
            Error::CardReset => Self::CardReset,
            Error::Silent { .. } => Self::ReaderUnavailable {
                detail: error.to_string(),
            },
            Error::Refused { status, .. } => match status {
                Status::NoTarget | Status::MovedOff => Self::CardRemoved,
                Status::Mute | Status::Collision => Self::CardUnresponsive,
                Status::NotHere | Status::UnknownTemplate => Self::Unsupported,
                Status::NotActive => Self::NoCard,
                Status::Trouble(_) => Self::ReaderUnavailable {
                    detail: error.to_string(),
                },
                _ => protocol(error),
            },
            error => protocol(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16) -> Api {
        Error::Refused {
            operation: 18,
            status: status.into(),
        }
        .into()
    }

    #[test]
    fn statuses_are_told_in_the_drivers_vocabulary() {
        assert_eq!(meaning(3), Api::CardRemoved);
        assert_eq!(meaning(4), Api::CardRemoved);
        assert_eq!(meaning(5), Api::CardUnresponsive);
        assert_eq!(meaning(6), Api::CardUnresponsive);
        assert_eq!(meaning(9), Api::Unsupported);
        assert_eq!(meaning(10), Api::NoCard);
        assert_eq!(meaning(11), Api::Unsupported);
        for status in [1, 2, 7, 8, 12, 13, 14, 99] {
            assert!(matches!(meaning(status), Api::Protocol { .. }), "{status}");
        }
        assert!(matches!(meaning(15), Api::ReaderUnavailable { .. }));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let error = Error::Damaged {
            operation: 18,
            damage: Damage::Checksum,
        };
        assert_eq!(
            Api::from(error),
            Api::Protocol {
                detail: "operation 18: the answer cannot be read: a wrong checksum".to_owned()
            }
        );
        assert_eq!(Api::from(Error::Ended(Api::Cancelled)), Api::Cancelled);
        assert_eq!(Api::from(Error::Line(Api::ReaderRemoved)), Api::ReaderRemoved);
        assert_eq!(Api::from(Error::Restarted), Api::ReaderRemoved);
    }
}
