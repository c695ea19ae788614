//! Why the card application did not do what it was asked, and the reason that goes to the counter.

use madoguchi_apdu::{BodyTooLong, CardRemoved, DerError, StatusWord};
use madoguchi_core::Reason;
use thiserror::Error;

use crate::TransmitError;

/// Why the card application did not do what it was asked. It holds status words, never data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The card gave no answer.
    #[error("no answer from the card")]
    Transmit(#[from] TransmitError),
    /// The JPKI application is not on this card.
    #[error("the card has no JPKI application (status {0})")]
    NotJpki(StatusWord),
    /// The JPKI application is there, its token label is none that is known.
    #[error("the token label is not known")]
    UnknownLabel,
    /// An old Basic Resident Registration card (住基カード).
    #[error("an obsolete Basic Resident Registration card")]
    Obsolete,
    /// The card answered with a status that the application does not answer there.
    #[error("unexpected status {0}")]
    UnexpectedStatus(StatusWord),
    /// The card answered with data that the application does not answer there.
    #[error("unexpected data")]
    UnexpectedData,
    /// The certificate's file cannot be read.
    #[error("the certificate cannot be read (status {0})")]
    CertificateStatus(StatusWord),
    /// What the certificate's file holds is no certificate.
    #[error("the certificate file holds no certificate")]
    CertificateContent(#[from] DerError),
    /// The certificate's file ends before the certificate does.
    #[error("the certificate is cut off")]
    CertificateCutOff,
    /// The card has no usable PIN.
    #[error("the card has no usable PIN")]
    PinNotSet,
    /// The card was lost after VERIFY was sent: whether the try was spent is not known.
    #[error("no answer to VERIFY: its outcome is unknown")]
    PinOutcomeUnknown(#[source] TransmitError),
    /// The answer to VERIFY says neither right nor wrong: whether the try was spent is not known.
    #[error("the answer to VERIFY cannot be understood (status {0})")]
    PinAnswerUnknown(StatusWord),
    /// The card does not sign.
    #[error("the card refused to sign (status {0})")]
    SignatureRefused(StatusWord),
    /// The phone does not sign: its owner has to be verified by the phone again (assumed).
    #[error("the phone is not ready to sign any more")]
    PhoneNotArmed,
    /// A command came out longer than a command can be.
    #[error(transparent)]
    Command(#[from] BodyTooLong),
}

impl From<CardRemoved> for Error {
    fn from(_: CardRemoved) -> Self {
        Self::Transmit(TransmitError::Removed)
    }
}

impl Error {
    /// The reason that goes to the counter.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Transmit(error) => match error {
                TransmitError::Removed => Reason::CardRemoved,
                TransmitError::Reset | TransmitError::Timeout => Reason::CardUnresponsive,
                TransmitError::Unavailable => Reason::ReaderUnavailable,
                TransmitError::ReaderGone => Reason::ReaderRemoved,
                TransmitError::ServiceGone => Reason::ReaderServiceUnavailable,
                TransmitError::Protocol => Reason::CardProtocolError,
            },
            Self::NotJpki(_) | Self::UnknownLabel => Reason::CardNotRecognized,
            Self::Obsolete => Reason::CardObsolete,
            Self::UnexpectedStatus(_) | Self::UnexpectedData | Self::SignatureRefused(_) => {
                Reason::CardProtocolError
            }
            Self::CertificateStatus(_) | Self::CertificateContent(_) | Self::CertificateCutOff => {
                Reason::CertificateUnreadable
            }
            Self::PinNotSet => Reason::PinNotSet,
            Self::PinOutcomeUnknown(_) | Self::PinAnswerUnknown(_) => Reason::PinOutcomeUnknown,
            Self::PhoneNotArmed => Reason::PhoneNotArmed,
            Self::Command(_) => Reason::Internal,
        }
    }
}
