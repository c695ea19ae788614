//! `face`: the maker's own operation.

use madoguchi_driver_api::screen::{FaceOutcome, FaceRequest};
use madoguchi_driver_api::{Call, Error};
use serde::{Deserialize, Serialize};

use super::{no_notes, wait_ms};
use crate::transport::Line;

#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<FaceOutcome>,
    language: &'a str,
    wait_ms: u64,
}

#[derive(Deserialize)]
struct Seen {
    face: FaceOutcome,
}

/// Verifies the face against the powered card.
///
/// # Errors
/// [`Error::NoCard`], …
pub(crate) fn face(line: &Line, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
    let request = Request {
        again: request.again_because,
        language: &request.language,
        wait_ms: wait_ms(call),
    };
    let reply = line.request("face", &request, call, &mut no_notes)?;
    Ok(reply.read::<Seen>()?.face)
}
