//! What can be said to the service, a call per file.

pub(crate) mod card;
pub(crate) mod face;
mod note;
pub(crate) mod open;
pub(crate) mod pin;
pub(crate) mod show;
pub(crate) mod visit;
pub(crate) mod visual;

pub(crate) use note::Note;

use std::time::Duration;

use madoguchi_driver_api::{Call, Error};
use serde::{Deserialize, Serialize};

use crate::error::protocol;

/// By so much the service waits longer than the call: it is the driver that ends it.
const BACKSTOP: Duration = Duration::from_millis(500);

/// Nothing to say, or nothing that matters.
#[derive(Serialize, Deserialize)]
pub(crate) struct Nothing {}

/// How long the service is to wait for a person.
fn wait_ms(call: &Call) -> u64 {
    u64::try_from((call.remaining() + BACKSTOP).as_millis()).unwrap_or(u64::MAX)
}

/// For calls that no note belongs to.
fn no_notes(_: Note) -> Result<(), Error> {
    Err(protocol("a note that belongs to no such call"))
}
