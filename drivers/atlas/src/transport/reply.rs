//! What a request came to.

use madoguchi_driver_api::Error;
use serde::Deserialize;

use crate::codec::{Fault, Frame, Message};
use crate::error::Code;

/// An answer in the buffer that it came in; it is overwritten when this is dropped.
#[derive(Debug)]
pub(crate) struct Reply(Frame);

impl Reply {
    pub(super) const fn new(frame: Frame) -> Self {
        Self(frame)
    }

    /// What it came to.
    ///
    /// # Errors
    /// What the service's code means, or [`Error::Protocol`].
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        match Message::parse(self.0.as_bytes())? {
            Message::Ok { with, .. } => Ok(Message::content(with)?),
            Message::No { code, .. } => Err(Code(code).error()),
            Message::Note { .. } => Err(Fault::Answer.into()),
        }
    }
}
