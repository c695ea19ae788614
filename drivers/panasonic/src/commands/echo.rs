//! ECHO: the device sends back what it was sent.

use crate::error::Error;
use crate::transport::codec::DATA_LEN;
use crate::transport::message::{Code, Message, Reply};

/// The command; as much of the input as a report carries.
pub(crate) fn message(input: &[u8]) -> Message {
    Message::new(Code::Echo, &input[..input.len().min(DATA_LEN)])
}

pub(crate) fn read(reply: Reply) -> Result<Vec<u8>, Error> {
    Ok(super::done(Code::Echo, reply)?.head().to_vec())
}
