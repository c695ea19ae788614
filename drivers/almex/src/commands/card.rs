//! CON, APD and COF: the card on the tray.

use std::time::Duration;

use madoguchi_driver_api::{Atr, Call, Error};
use zeroize::Zeroizing;

use super::Conversation;
use crate::error::Fault;

/// Powering a card up takes longer than saying that it is done.
const POWER_ON: Duration = Duration::from_secs(3);

/// Powers the card up.
///
/// # Errors
/// [`Fault`].
pub(crate) fn power_on(conversation: &mut Conversation, call: &Call) -> Result<Atr, Fault> {
    let reply = conversation.ask("CON", &[], Some(POWER_ON), call)?;
    let atr = reply.fields().next().and_then(|field| hex::decode(field).ok());
    atr.map(Atr).ok_or(Fault::Malformed {
        command: "CON",
        what: "no answer to reset",
    })
}

/// Sends one APDU, once.
///
/// # Errors
/// [`Fault`].
pub(crate) fn transmit(
    conversation: &mut Conversation,
    apdu: &[u8],
    response: &mut Vec<u8>,
    call: &Call,
) -> Result<(), Fault> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    response.clear();
    // It may hold a PIN.
    let mut field = Zeroizing::new(Vec::with_capacity(2 * apdu.len()));
    for byte in apdu {
        field.extend(
            [byte >> 4, byte & 0x0F].map(|digit| HEX.get(usize::from(digit)).copied().unwrap_or(b'0')),
        );
    }
    let reply = conversation.ask("APD", &[&field], None, call)?;
    let answer = reply.fields().next().unwrap_or_default();
    if answer.len() < 4 || answer.len() % 2 != 0 {
        return Err(Fault::Malformed {
            command: "APD",
            what: "an answer without a status word",
        });
    }
    response.resize(answer.len() / 2, 0);
    hex::decode_to_slice(answer, response).map_err(|_| {
        response.clear();
        Fault::Malformed {
            command: "APD",
            what: "an answer that is not hexadecimal",
        }
    })
}

/// How long powering a card off may take; its caller does not say.
pub(crate) const POWER_OFF: Duration = Duration::from_millis(200);

/// The same where the call in which it is done is over.
pub(crate) const POWER_OFF_LATE: Duration = Duration::from_millis(25);

/// Powers the card off. It is made up for later where it cannot be done now.
pub(crate) fn power_off(conversation: &mut Conversation, patience: Duration) {
    conversation.power_off(&Call::within(patience));
}

/// Whether an APDU fits into a frame at all; the device may take less.
///
/// # Errors
/// [`Error::Protocol`] where it does not.
pub(crate) fn check_length(apdu: &[u8], limit: usize) -> Result<(), Error> {
    if apdu.len() <= limit {
        return Ok(());
    }
    Err(Error::Protocol {
        detail: format!("an APDU of {} bytes, {limit} at most", apdu.len()),
    })
}
