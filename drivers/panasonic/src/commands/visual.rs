//! VISUAL: staff said that it is the person.

use crate::transport::message::{Code, Message};

pub(crate) fn message() -> Message {
    Message::new(Code::Visual, &[])
}
