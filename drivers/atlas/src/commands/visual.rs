//! `visual`: staff compared face and card, and it is the person.

use madoguchi_driver_api::{Call, Error};
use serde::Serialize;

use super::{Nothing, no_notes};
use crate::transport::Line;

/// Where staff said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// On the device.
    Device,
    /// At the console or in the EMR.
    Remote,
}

#[derive(Serialize)]
struct Request {
    by: By,
}

/// Accepts it: the powered card's key signs without a PIN from now on.
///
/// # Errors
/// [`Error::NoCard`], [`Error::Unsupported`], …
pub(crate) fn visual(line: &Line, by: By, call: &Call) -> Result<(), Error> {
    let reply = line.request("visual", &Request { by }, call, &mut no_notes)?;
    reply.read::<Nothing>().map(drop)
}
