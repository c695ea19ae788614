//! What goes wrong, and the maker's 復帰値, mapped once to the driver vocabulary.

use std::fmt;

use madoguchi_driver_api::Error;
use thiserror::Error as ThisError;

/// What a device says of a command that it took: three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReturnValue(u16);

impl ReturnValue {
    pub(crate) const DONE: Self = Self(0);
    pub(crate) const NO_MATCH: Self = Self(301);
    pub(crate) const NO_FACE: Self = Self(302);
    pub(crate) const SEVERAL_FACES: Self = Self(303);
    pub(crate) const CAMERA_COVERED: Self = Self(304);
    pub(crate) const DECLINED: Self = Self(305);

    /// The value of a field; none where it is not three digits.
    pub(crate) fn parse(field: &[u8]) -> Option<Self> {
        if field.len() != 3 || !field.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let value = |sum: u16, digit: &u8| sum * 10 + u16::from(digit - b'0');
        Some(Self(field.iter().fold(0, value)))
    }

    const fn text(self) -> &'static str {
        match self.0 {
            0 => "done",
            101 => "unknown command",
            102 => "not on this model",
            103 => "parameter not allowed",
            104 => "not now",
            105 => "the text does not fit or cannot be shown",
            201 => "the tray is empty",
            202 => "the card was taken away",
            203 => "the chip does not answer",
            204 => "no chip: paper",
            205 => "the card has no power",
            206 => "the APDU is too long for this model",
            301 => "not the face on the card",
            302 => "no face",
            303 => "several faces",
            304 => "the camera is covered",
            305 => "the person does not want to",
            401 => "called off",
            501 => "device fault",
            502 => "camera fault",
            503 => "starting up",
            504 => "in the administrator's menu",
            _ => "not in the table",
        }
    }

    /// What it means, said of this command.
    fn meaning(self, command: &str) -> Error {
        let detail = || format!("{command}: 復帰値 {self}");
        match self.0 {
            101 | 102 => Error::Unsupported,
            201 if command == "APD" => Error::CardRemoved,
            201 => Error::NoCard,
            202 => Error::CardRemoved,
            203 => Error::CardUnresponsive,
            204 => Error::CardNotRecognized,
            // What needs a powered card finds none; an APDU finds that it lost its power.
            205 if command != "APD" => Error::NoCard,
            205 => Error::CardReset,
            401 => Error::Cancelled,
            501..=504 => Error::ReaderUnavailable { detail: detail() },
            _ => Error::Protocol { detail: detail() },
        }
    }
}

impl fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {}", self.0, self.text())
    }
}

/// Why something came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Fault {
    /// The port is gone or the call ended.
    #[error(transparent)]
    Ended(#[from] Error),
    /// The device does not even acknowledge.
    #[error("the device does not answer")]
    Silent,
    /// The device says each time that it did not understand.
    #[error("the device does not understand")]
    NotAccepted,
    /// The device has started anew: what it showed, and its card's power, is gone.
    #[error("the device started anew")]
    Restarted,
    /// The device talks without end.
    #[error("the device does not stop talking")]
    Flooded,
    /// It took the command and says nothing of it.
    #[error("no response to {0}")]
    NoResponse(&'static str),
    /// What it says cannot be read.
    #[error("the answer to {0} cannot be read")]
    Garbled(&'static str),
    /// What it says is not what the protocol allows there.
    #[error("{command}: {what}")]
    Malformed {
        /// In answer to what.
        command: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// It took the command and says why nothing came of it.
    #[error("{command}: 復帰値 {value}")]
    Returned {
        /// To what.
        command: &'static str,
        /// Why.
        value: ReturnValue,
    },
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Ended(error) => error,
            // Connected anew it is another device: nothing of what was begun is left in it.
            Fault::Restarted => Self::ReaderRemoved,
            Fault::Silent => Self::ReaderUnavailable {
                detail: fault.to_string(),
            },
            Fault::Returned { command, value } => value.meaning(command),
            Fault::NotAccepted
            | Fault::Flooded
            | Fault::NoResponse(_)
            | Fault::Garbled(_)
            | Fault::Malformed { .. } => Self::Protocol {
                detail: fault.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(value: u16, command: &'static str) -> Error {
        let value = ReturnValue(value);
        Fault::Returned { command, value }.into()
    }

    /// The table of PROTOCOL.md, row by row.
    #[test]
    fn every_return_value_has_its_meaning() {
        for (value, command, expected) in [
            (101, "DSP", Error::Unsupported),
            (102, "VIS", Error::Unsupported),
            (201, "CON", Error::NoCard),
            (201, "APD", Error::CardRemoved),
            (202, "FAC", Error::CardRemoved),
            (203, "CON", Error::CardUnresponsive),
            (204, "CON", Error::CardNotRecognized),
            (205, "APD", Error::CardReset),
            (205, "FAC", Error::NoCard),
            (205, "VIS", Error::NoCard),
            (401, "DSP", Error::Cancelled),
        ] {
            assert_eq!(meaning(value, command), expected, "{value} to {command}");
        }
        let protocol = |value| matches!(meaning(value, "DSP"), Error::Protocol { .. });
        assert!([103, 104, 105, 206, 301, 777].into_iter().all(protocol));
        let unavailable = |value| matches!(meaning(value, "DSP"), Error::ReaderUnavailable { .. });
        assert!([501, 502, 503, 504].into_iter().all(unavailable));
    }

    #[test]
    fn every_return_value_of_the_document_has_a_text() {
        let document = include_str!("../PROTOCOL.md");
        let table = document.split("## 復帰値").nth(1).unwrap();
        let rows = table.lines().filter_map(|line| line.split('|').nth(1));
        let values: Vec<u16> = rows
            .flat_map(|cell| cell.split_whitespace().filter_map(|value| value.parse().ok()))
            .collect();
        assert_eq!(values.len(), 22);
        for value in values {
            assert_ne!(ReturnValue(value).text(), "not in the table", "{value}");
        }
    }

    #[test]
    fn a_return_value_is_three_digits_and_stays_readable() {
        assert_eq!(ReturnValue::parse(b"204"), Some(ReturnValue(204)));
        for bad in [&b""[..], b"20", b"2040", b"2o4", b"+04"] {
            assert_eq!(ReturnValue::parse(bad), None);
        }
        let Error::ReaderUnavailable { detail } = meaning(503, "CON") else {
            panic!("another meaning")
        };
        assert_eq!(detail, "CON: 復帰値 503 starting up");
    }
}
