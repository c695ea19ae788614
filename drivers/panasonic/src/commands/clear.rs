//! CLEAR: takes the page off, calls off PIN pad and camera, wipes what was typed and seen.

use crate::transport::message::{Code, Message};

pub(crate) fn message() -> Message {
    Message::new(Code::Clear, &[])
}
