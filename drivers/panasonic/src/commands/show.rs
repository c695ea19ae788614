//! SHOW: puts a page on the screen.

use crate::screens::Form;
use crate::transport::message::{Code, Message};

pub(crate) fn message(form: &Form) -> Message {
    let [low, high] = form.buttons.to_le_bytes();
    let head = [
        form.page,
        form.subject,
        form.language as u8,
        low,
        high,
        form.lamp,
        form.sound,
    ];
    Message::new(Code::Show, &head).with_texts(&form.texts)
}
