//! The driver vocabulary: what can go wrong between a driver and its device.
//!
//! A driver maps its maker's errors to these once, at its transport; the host maps these to reasons.

use madoguchi_core::Reason;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What went wrong.
///
/// `detail` texts are for engineers: device codes and states, never anything read from a card or typed by a person.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Error {
    /// The card was taken away or the phone moved off.
    #[error("the card was removed")]
    CardRemoved,
    /// There is no card to power.
    #[error("no card is present")]
    NoCard,
    /// The card was reset behind our back: what was selected and verified is lost.
    #[error("the card was reset")]
    CardReset,
    /// The card is there and does not answer.
    #[error("the card does not answer")]
    CardUnresponsive,
    /// What lies there is no IC card: the reader looked for a chip in its own time and found none (a paper card on a
    /// flat tray).
    #[error("no chip was found in what lies on the reader")]
    CardNotRecognized,
    /// The reader is gone.
    #[error("the reader was removed")]
    ReaderRemoved,
    /// Another program holds the reader.
    #[error("another program holds the reader")]
    ReaderBusy,
    /// The reader is there and may not or cannot be opened.
    #[error("the reader cannot be used: {detail}")]
    ReaderUnavailable {
        /// Why, for engineers.
        detail: String,
    },
    /// The service behind the readers (pcscd, the maker's daemon) does not answer.
    #[error("the reader service does not answer")]
    ServiceUnavailable,
    /// The call's deadline passed.
    #[error("the deadline passed")]
    Timeout,
    /// The call was called off.
    #[error("cancelled")]
    Cancelled,
    /// This reader cannot do that; its capabilities said so.
    #[error("not supported by this reader")]
    Unsupported,
    /// Something arrived that the protocol does not allow.
    #[error("protocol error: {detail}")]
    Protocol {
        /// What, for engineers.
        detail: String,
    },
    /// The driver itself failed: a panic that was caught at its border.
    #[error("the driver failed: {detail}")]
    DriverPanicked {
        /// Where, for engineers.
        detail: String,
    },
}

impl Error {
    /// The service's reason for it.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::CardRemoved | Self::NoCard | Self::CardReset => Reason::CardRemoved,
            Self::CardUnresponsive => Reason::CardUnresponsive,
            Self::CardNotRecognized => Reason::CardNotRecognized,
            Self::ReaderRemoved => Reason::ReaderRemoved,
            Self::ReaderBusy => Reason::ReaderBusy,
            Self::ReaderUnavailable { .. } | Self::Unsupported => Reason::ReaderUnavailable,
            Self::ServiceUnavailable => Reason::ReaderServiceUnavailable,
            Self::Timeout => Reason::DriverTimeout,
            Self::Cancelled => Reason::VisitCancelled,
            Self::Protocol { .. } => Reason::DriverProtocolError,
            Self::DriverPanicked { .. } => Reason::DriverFailed,
        }
    }
}
