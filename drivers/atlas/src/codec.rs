//! Frames and messages: four bytes of length, then one JSON object. Nothing here waits.
//!
//! A frame may hold a PIN or a certificate: it is read into one buffer of its own, parsed where it lies and overwritten
//! when it is dropped.

mod bytes;
mod deframer;
mod message;
mod request;

pub use bytes::{Bytes, decode};
pub use deframer::{Deframer, Frame};
pub use message::Message;
pub use request::{cancel, note, request};

use thiserror::Error;

/// The longest message, without its length.
pub const MAX_LEN: usize = 65_536;

/// The shortest message, without its length: an empty object.
pub const MIN_LEN: usize = 2;

/// So many bytes say how long a message is.
pub const HEAD_LEN: usize = 4;

/// Why bytes are not a message. It never holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The length is none that a message has.
    #[error("a length of {0}")]
    Length(u32),
    /// The body is no object of the form that a message has.
    #[error("no message at byte {0}")]
    Form(usize),
    /// An answer says neither or both of ok and no, or it is no answer and no note.
    #[error("an answer that is none")]
    Answer,
    /// What a message carries is not of the form that belongs there.
    #[error("content that does not belong there, at byte {0}")]
    Content(usize),
    /// What is to be sent is longer than a message can be.
    #[error("a message of more than 65536 bytes")]
    TooLong,
}
