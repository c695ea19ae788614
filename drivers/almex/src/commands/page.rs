//! DSP and CLR: a page on the screen.

use madoguchi_driver_api::Call;
use madoguchi_driver_api::screen::Answer;

use super::conversation::RESPONSE;
use super::{Conversation, Words, borrowed};
use crate::error::{Fault, ReturnValue};

/// A button: its code, its label, and what it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) code: String,
    pub(crate) label: Vec<u8>,
    pub(crate) answer: Answer,
}

/// A page as the device is sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) number: u8,
    pub(crate) subject: u8,
    pub(crate) language: String,
    pub(crate) asks: bool,
    pub(crate) words: Words,
    pub(crate) buttons: Vec<Button>,
}

impl Form {
    fn fields(&self) -> Vec<Vec<u8>> {
        let mut fields = vec![
            format!("{:02}", self.number).into_bytes(),
            format!("{:02}", self.subject).into_bytes(),
            self.language.clone().into_bytes(),
            vec![if self.asks { b'1' } else { b'0' }],
        ];
        fields.extend(self.words.fields());
        for button in &self.buttons {
            fields.push(button.code.clone().into_bytes());
            fields.push(button.label.clone());
        }
        fields
    }
}

/// Shows a page; waits for the answer where it asks.
///
/// # Errors
/// [`Fault`].
pub(crate) fn show(conversation: &mut Conversation, form: &Form, call: &Call) -> Result<Answer, Fault> {
    const COMMAND: &str = "DSP";
    let fields = form.fields();
    let fields = borrowed(&fields);
    if !form.asks {
        conversation.ask(COMMAND, &fields, Some(RESPONSE), call)?;
        return Ok(Answer::Seen);
    }
    let ended = conversation.operate(COMMAND, &fields, call)?;
    if ended.value != ReturnValue::DONE {
        return Err(Fault::Returned {
            command: COMMAND,
            value: ended.value,
        });
    }
    let code = ended.fields().next().unwrap_or_default();
    let pressed = form.buttons.iter().find(|button| button.code.as_bytes() == code);
    match pressed {
        Some(button) => Ok(button.answer.clone()),
        // The device's own key, on pages that have no such button too.
        None if code == b"QUT" => Ok(Answer::Quit),
        None => Err(Fault::Malformed {
            command: COMMAND,
            what: "a button that is not shown",
        }),
    }
}
