//! What can go wrong on the device, and what it means to the gateway.

mod status;

use madoguchi_driver_api::Error as Api;
use minicbor::Decode;
use thiserror::Error;

pub(crate) use status::Status;

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
            // Who it is changed with it: it is connected anew.
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
