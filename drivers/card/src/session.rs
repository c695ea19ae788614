//! What the card application needs of a reader: bytes there, bytes back.

use thiserror::Error;

/// A conversation with one powered card, on the reader's own thread.
pub trait CardSession {
    /// Sends a command and waits for the answer.
    ///
    /// `response` is cleared first and then holds data and status word. Nothing or one byte in it means that the card
    /// was pulled in the middle: pcscd reports that as success.
    ///
    /// # Errors
    /// [`TransmitError`] says why there is no answer. The command may have reached the card all the same.
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError>;
}

/// Why a card did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransmitError {
    /// The card is not there any more.
    #[error("the card was removed")]
    Removed,
    /// Somebody reset the card: selection and verification are lost.
    #[error("the card was reset")]
    Reset,
    /// No answer in time.
    #[error("the card did not answer in time")]
    Timeout,
    /// The reader is there and cannot be used.
    #[error("the reader cannot be used")]
    Unavailable,
    /// The reader is not there any more.
    #[error("the reader was removed")]
    ReaderGone,
    /// The smart card service of the operating system is gone.
    #[error("the smart card service is gone")]
    ServiceGone,
    /// Reader and card do not understand each other; also how some readers refuse extended length.
    #[error("the transmission failed")]
    Protocol,
}
