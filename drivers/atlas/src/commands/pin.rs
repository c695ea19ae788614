//! `pin`: digits typed on the device.

use madoguchi_driver_api::screen::{PinHolder, PinRequest};
use madoguchi_driver_api::{Call, Error, Medium, Pin, Reason};
use serde::{Deserialize, Serialize};

use super::{no_notes, wait_ms};
use crate::error::protocol;
use crate::screens::Pad;
use crate::transport::Line;

#[derive(Serialize)]
struct Request<'a> {
    medium: Medium,
    digits: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u8>,
    holder: PinHolder,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<Reason>,
    language: &'a str,
    title: &'a str,
    lines: &'a [String],
    wait_ms: u64,
}

#[derive(Deserialize)]
struct Typed<'a> {
    digits: Option<&'a str>,
}

/// Takes a PIN; none where the patient chose not to type it. The digits lie in the answer's buffer, which is overwritten
/// here, and in the PIN.
///
/// # Errors
/// [`Error::Protocol`] where what was typed is not as many digits as were asked for, …
pub(crate) fn pin(line: &Line, request: &PinRequest, pad: &Pad, call: &Call) -> Result<Option<Pin>, Error> {
    let with = Request {
        medium: request.medium,
        digits: request.digits,
        tries_left: request.tries_left,
        holder: request.holder,
        again: request.again_because,
        language: &request.language,
        title: &pad.title,
        lines: &pad.lines,
        wait_ms: wait_ms(call),
    };
    let reply = line.request("pin", &with, call, &mut no_notes)?;
    let Some(digits) = reply.read::<Typed<'_>>()?.digits else {
        return Ok(None);
    };
    if digits.len() != usize::from(request.digits) {
        return Err(protocol("another number of digits than asked for"));
    }
    match Pin::new(digits.as_bytes().to_vec()) {
        Ok(pin) => Ok(Some(pin)),
        Err(_) => Err(protocol("digits that are none")),
    }
}
