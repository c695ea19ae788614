//! The maker's error table, mapped once to the driver vocabulary.

use std::fmt;

use madoguchi_driver_api::Error;
use thiserror::Error as ThisError;

use crate::codec::Malformed;

/// What the device says instead of success: nnn of E-nnn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(u16);

impl Code {
    pub(crate) const CHECKSUM: Self = Self(1);
    pub(crate) const NO_SESSION: Self = Self(101);
    pub(crate) const PATIENT_CANCELLED: Self = Self(301);

    /// The code of an answer; none where it says success.
    pub(crate) const fn of(answer: u16) -> Option<Self> {
        match answer {
            0 => None,
            code => Some(Self(code)),
        }
    }

    const fn text(self) -> &'static str {
        match self.0 {
            1 => "checksum wrong",
            2 => "malformed message",
            3 => "unknown command",
            4 => "field missing or value not allowed",
            5 => "another message is being run",
            7 => "aborted",
            101 => "no such session",
            102 => "wrong code",
            103 => "not for this role",
            201 => "no card",
            202 => "card taken away",
            203 => "card has no power",
            204 => "card is mute",
            205 => "APDU too long for the device",
            301 => "the patient cancelled",
            401 => "unknown page",
            501 => "camera out of order",
            502 => "PIN pad out of order",
            503 => "card slot out of order",
            901 => "internal error",
            _ => "not in the table",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E-{:03} {}", self.0, self.text())
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        match code.0 {
            1 | 2 | 4 | 205 => Self::Protocol {
                detail: code.to_string(),
            },
            3 | 401 => Self::Unsupported,
            5 => Self::ReaderBusy,
            7 | 301 => Self::Cancelled,
            101 => Self::ReaderRemoved,
            201 => Self::NoCard,
            202 => Self::CardRemoved,
            203 => Self::CardReset,
            204 => Self::CardUnresponsive,
            _ => Self::ReaderUnavailable {
                detail: code.to_string(),
            },
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

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Ended(protocol(&malformed))
    }
}

/// Something that the protocol does not allow.
pub(crate) fn protocol(what: &impl fmt::Display) -> Error {
    Error::Protocol {
        detail: what.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of PROTOCOL.md, row by row.
    #[test]
    fn every_code_of_the_table_has_its_meaning() {
        let protocol = |code| matches!(Error::from(Code(code)), Error::Protocol { .. });
        assert!([1, 2, 4, 205].into_iter().all(protocol));
        let unavailable = |code| matches!(Error::from(Code(code)), Error::ReaderUnavailable { .. });
        assert!([102, 103, 501, 502, 503, 901, 777].into_iter().all(unavailable));
        for (code, meaning) in [
            (3, Error::Unsupported),
            (5, Error::ReaderBusy),
            (7, Error::Cancelled),
            (101, Error::ReaderRemoved),
            (201, Error::NoCard),
            (202, Error::CardRemoved),
            (203, Error::CardReset),
            (204, Error::CardUnresponsive),
            (401, Error::Unsupported),
        ] {
            assert_eq!(Error::from(Code(code)), meaning, "E-{code:03}");
        }
    }

    #[test]
    fn the_maker_s_code_stays_readable() {
        let Error::ReaderUnavailable { detail } = Error::from(Code(103)) else {
            panic!("another meaning")
        };
        assert_eq!(detail, "E-103 not for this role");
        let every_code_of_the_document = include_str!("../PROTOCOL.md")
            .split("E-")
            .filter_map(|rest| rest.get(..3)?.parse::<u16>().ok());
        for code in every_code_of_the_document {
            assert_ne!(Code(code).text(), "not in the table", "E-{code:03}");
        }
    }
}
