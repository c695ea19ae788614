//! PIN: opens the pad.

use madoguchi_driver_api::Reason;
use madoguchi_driver_api::screen::{PinHolder, PinRequest};

use crate::quirks::Language;
use crate::transport::message::{Code, Message};

pub(crate) fn message(request: &PinRequest, language: Language, texts: &[(u8, String)]) -> Message {
    let holder = match request.holder {
        PinHolder::Patient => 0x00,
        PinHolder::Guardian => 0x01,
    };
    let again = match request.again_because {
        None => 0x00,
        Some(Reason::PinWrong) => 0x01,
        Some(_) => 0x02,
    };
    let tries = request.tries_left.unwrap_or(0xFF);
    Message::new(Code::Pin, &[request.digits, tries, holder, again, language as u8]).with_texts(texts)
}
