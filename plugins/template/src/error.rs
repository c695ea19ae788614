//! The device's error codes, mapped once to the driver vocabulary.

use std::fmt;

use madoguchi_driver_api::Error;
use thiserror::Error as ThisError;

/// What the device says instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code(String);

impl Code {
    pub(crate) fn new(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        match &*code.0 {
            "no-card" => Self::NoCard,
            "mute" => Self::CardUnresponsive,
            "removed" => Self::CardRemoved,
            "reset" => Self::CardReset,
            "cancelled" => Self::Cancelled,
            "page" => Self::Unsupported,
            "busy" => Self::ReaderBusy,
            "version" => Self::ReaderUnavailable {
                detail: "the device speaks another version of the protocol".to_owned(),
            },
            _ => protocol(&format_args!("the device says {code}")),
        }
    }
}

/// Why a command came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Failure {
    /// The device ran nothing and says why.
    #[error("the device refuses: {0}")]
    Refused(Code),
    /// The line, the call or the protocol ended it.
    #[error(transparent)]
    Ended(#[from] Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(code) => code.into(),
            Failure::Ended(error) => error,
        }
    }
}

/// Something that the protocol does not allow. The text holds nothing that was read from a card or typed by a person.
pub(crate) fn protocol(what: &impl fmt::Display) -> Error {
    Error::Protocol {
        detail: what.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of PROTOCOL.md, one by one.
    #[test]
    fn every_code_has_its_meaning() {
        for (code, meaning) in [
            ("no-card", Error::NoCard),
            ("mute", Error::CardUnresponsive),
            ("removed", Error::CardRemoved),
            ("reset", Error::CardReset),
            ("cancelled", Error::Cancelled),
            ("page", Error::Unsupported),
            ("busy", Error::ReaderBusy),
        ] {
            assert_eq!(Error::from(Code::new(code)), meaning, "{code}");
        }
        assert!(matches!(
            Code::new("version").into(),
            Error::ReaderUnavailable { .. }
        ));
        for code in ["syntax", "unknown", "something newer"] {
            let Error::Protocol { detail } = Code::new(code).into() else {
                panic!("{code} has another meaning")
            };
            assert!(detail.ends_with(code), "the device's code stays readable");
        }
    }
}
