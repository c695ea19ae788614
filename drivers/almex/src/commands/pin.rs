//! PIN: the digits that a person types on the device.

use madoguchi_driver_api::screen::PinHolder;
use madoguchi_driver_api::{Call, Pin};

use super::{Conversation, Words, borrowed};
use crate::error::{Fault, ReturnValue};

/// Takes a PIN; none where the person does not want to.
///
/// # Errors
/// [`Fault`].
pub(crate) fn enter(
    conversation: &mut Conversation,
    digits: u8,
    holder: PinHolder,
    words: &Words,
    call: &Call,
) -> Result<Option<Pin>, Fault> {
    const COMMAND: &str = "PIN";
    let mut fields = vec![digits.to_string().into_bytes(), vec![letter(holder)]];
    fields.extend(words.fields());
    let ended = conversation.operate(COMMAND, &borrowed(&fields), call)?;
    match ended.value {
        ReturnValue::DONE => {}
        ReturnValue::DECLINED => return Ok(None),
        value => {
            return Err(Fault::Returned {
                command: COMMAND,
                value,
            });
        }
    }
    let typed = ended.fields().next().unwrap_or_default();
    let proper = typed.len() == usize::from(digits);
    // The one copy: the frame that it came in is overwritten.
    let pin = proper.then(|| Pin::new(typed.to_vec()).ok()).flatten();
    pin.map(Some).ok_or(Fault::Malformed {
        command: COMMAND,
        what: "not the digits that were asked for",
    })
}

const fn letter(holder: PinHolder) -> u8 {
    match holder {
        PinHolder::Patient => b'P',
        PinHolder::Guardian => b'G',
    }
}
