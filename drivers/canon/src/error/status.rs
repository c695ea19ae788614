//! How a request went, in the device's numbers.

use std::fmt;

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
