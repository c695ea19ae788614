//! What goes wrong between the driver and the device, and what that is in the driver vocabulary.

use madoguchi_driver_api::Error as Driver;
use thiserror::Error;

use crate::transport::codec::Damage;
use crate::transport::message::Code;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Error {
    /// The wire or the call ended: classified where it happened.
    #[error(transparent)]
    Ended(#[from] Driver),
    /// The command has more text than the protocol has room for.
    #[error("the page does not fit: {0}")]
    TooLong(#[source] Damage),
    /// Nothing came back, however often it was asked.
    #[error("no reply to {command:?}")]
    Silent {
        /// To what.
        command: Code,
    },
    /// What came back was damaged, however often it was asked.
    #[error("no readable reply to {command:?}: {damage}")]
    Garbled {
        /// To what.
        command: Code,
        /// What was wrong last.
        #[source]
        damage: Damage,
    },
    /// The device refused.
    #[error("{command:?} ended with status {status:02X}")]
    Refused {
        /// What.
        command: Code,
        /// How.
        status: u8,
    },
    /// The reply is whole and makes no sense.
    #[error("the reply to {command:?} has no valid {field}")]
    Content {
        /// To what.
        command: Code,
        /// Which field.
        field: &'static str,
    },
    /// The device forgot what it was doing, more than once.
    #[error("the device starts anew again and again")]
    Forgetful,
}

/// Statuses that mean something to the driver.
pub(crate) mod status {
    pub(crate) const DONE: u8 = 0x00;
    pub(crate) const NO_CARD: u8 = 0x03;
    pub(crate) const TASK_UNKNOWN: u8 = 0x04;
    pub(crate) const NOT_BUILT_IN: u8 = 0x05;
    pub(crate) const HARDWARE: u8 = 0x06;
}

impl From<Error> for Driver {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Ended(error) => error,
            Error::TooLong(_) => Self::Unsupported,
            Error::Refused { status, .. } => match status {
                status::NO_CARD => Self::NoCard,
                status::NOT_BUILT_IN => Self::Unsupported,
                status::HARDWARE => Self::ReaderUnavailable { detail },
                _ => Self::Protocol { detail },
            },
            Error::Silent { .. } => Self::ReaderUnavailable { detail },
            Error::Garbled { .. } | Error::Content { .. } | Error::Forgetful => Self::Protocol { detail },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_word_in_the_vocabulary() {
        let refused = |status| {
            Driver::from(Error::Refused {
                command: Code::Face,
                status,
            })
        };
        assert_eq!(refused(status::NO_CARD), Driver::NoCard);
        assert_eq!(refused(status::NOT_BUILT_IN), Driver::Unsupported);
        assert_eq!(
            refused(status::HARDWARE),
            Driver::ReaderUnavailable {
                detail: "Face ended with status 06".into()
            }
        );
        assert_eq!(
            refused(0x02),
            Driver::Protocol {
                detail: "Face ended with status 02".into()
            }
        );
        assert_eq!(
            Driver::from(Error::Ended(Driver::ReaderRemoved)),
            Driver::ReaderRemoved
        );
        let garbled = Error::Garbled {
            command: Code::Show,
            damage: Damage::Sum,
        };
        assert_eq!(
            Driver::from(garbled),
            Driver::Protocol {
                detail: "no readable reply to Show: a wrong sum".into()
            }
        );
        assert_eq!(
            Driver::from(Error::TooLong(Damage::Fragment)),
            Driver::Unsupported
        );
    }
}
