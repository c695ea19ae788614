//! `show`: a page, and what the patient presses.

use madoguchi_driver_api::screen::Answer;
use madoguchi_driver_api::{Call, Error};
use serde::{Deserialize, Serialize};

use super::{no_notes, wait_ms};
use crate::error::protocol;
use crate::screens::Form;
use crate::transport::Line;

#[derive(Serialize)]
struct Request<'a> {
    #[serde(flatten)]
    form: &'a Form,
    wait_ms: u64,
}

#[derive(Deserialize)]
struct Pressed<'a> {
    pressed: Option<&'a str>,
}

/// Shows a page and waits for the answer, where it asks.
///
/// # Errors
/// [`Error::Unsupported`], [`Error::Protocol`] for a key that is not on the page, …
pub(crate) fn show(line: &Line, form: &Form, call: &Call) -> Result<Answer, Error> {
    let request = Request {
        form,
        wait_ms: wait_ms(call),
    };
    let reply = line.request("show", &request, call, &mut no_notes)?;
    match reply.read::<Pressed<'_>>()?.pressed {
        None if !form.asks() => Ok(Answer::Seen),
        Some(key) if form.asks() => form
            .answer(key)
            .ok_or_else(|| protocol("a key that is not on the page")),
        _ => Err(protocol("an answer that does not fit the page")),
    }
}
