//! What a side built against a newer contract may say, and how the older side takes it.
//!
//! A message is refused as a whole where a part that it stands on is unknown. Three kinds of parts may be unknown
//! without that: a capability is skipped, an event is ignored, and a hint (why a reader is unavailable, why a PIN is
//! asked again) becomes the plainest one.

use madoguchi_driver_api::screen::{FaceRequest, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{Error, Event, Medium, ReaderInfo};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::decode;

/// The events that this version knows, by their names in a message.
const EVENTS: [&str; 5] = [
    "reader_changed",
    "reader_gone",
    "card_inserted",
    "card_gone",
    "touched",
];

/// Reads the list of readers.
///
/// # Errors
/// [`Error::Protocol`].
pub fn readers(bytes: &[u8]) -> Result<Vec<ReaderInfo>, Error> {
    decode::<Vec<Info>>("readers", bytes).map(|infos| infos.into_iter().map(ReaderInfo::from).collect())
}

/// Reads an event; `None` where it is of a kind that this version does not know.
///
/// # Errors
/// [`Error::Protocol`].
pub fn event(bytes: &[u8]) -> Result<Option<Event>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Changed {
        ReaderChanged(Info),
    }
    let body: Value = decode("event", bytes)?;
    let name = match &body {
        Value::String(name) => Some(name),
        Value::Object(fields) if fields.len() == 1 => fields.keys().next(),
        _ => None,
    };
    match name.map(String::as_str) {
        Some("reader_changed") => serde_json::from_value(body)
            .map(|Changed::ReaderChanged(info)| Some(Event::ReaderChanged(info.into())))
            .map_err(|_| super::unknown("event")),
        Some(name) if EVENTS.contains(&name) => serde_json::from_value(body)
            .map(Some)
            .map_err(|_| super::unknown("event")),
        Some(_) => Ok(None),
        None => Err(super::unknown("event")),
    }
}

/// Reads what is to be shown. A page, a button or an item that this version does not know is an error; something said
/// above the buttons is not.
///
/// # Errors
/// [`Error::Protocol`].
pub fn screen(bytes: &[u8]) -> Result<Screen, Error> {
    decode("screen", bytes).or_else(|error| {
        let mut body: Value = decode("screen", bytes)?;
        match body.pointer_mut("/page/choose_medium/notice") {
            Some(notice) => *notice = Value::Null,
            None => return Err(error),
        }
        serde_json::from_value(body).map_err(|_| error)
    })
}

/// Reads what is asked of the PIN pad.
///
/// # Errors
/// [`Error::Protocol`].
pub fn pin_request(bytes: &[u8]) -> Result<PinRequest, Error> {
    #[derive(Deserialize)]
    struct Request {
        medium: Medium,
        digits: u8,
        #[serde(default)]
        tries_left: Option<u8>,
        #[serde(default)]
        holder: PinHolder,
        #[serde(default, deserialize_with = "known")]
        again_because: Option<madoguchi_driver_api::Reason>,
        #[serde(default)]
        language: String,
    }
    decode("PIN request", bytes).map(|request: Request| PinRequest {
        medium: request.medium,
        digits: request.digits,
        tries_left: request.tries_left,
        holder: request.holder,
        again_because: request.again_because,
        language: request.language,
    })
}

/// Reads what is asked of the camera.
///
/// # Errors
/// [`Error::Protocol`].
pub fn face_request(bytes: &[u8]) -> Result<FaceRequest, Error> {
    #[derive(Deserialize)]
    struct Request {
        #[serde(default, deserialize_with = "known")]
        again_because: Option<madoguchi_driver_api::screen::FaceOutcome>,
        #[serde(default)]
        language: String,
    }
    decode("face request", bytes).map(|request: Request| FaceRequest {
        again_because: request.again_because,
        language: request.language,
    })
}

/// [`ReaderInfo`] as it arrives.
#[derive(Deserialize)]
struct Info {
    selector: String,
    display_name: String,
    #[serde(default)]
    model: String,
    #[serde(default)]
    firmware: String,
    capabilities: Vec<Value>,
    card_present: bool,
    #[serde(default)]
    unavailable: Option<Value>,
}

impl From<Info> for ReaderInfo {
    fn from(info: Info) -> Self {
        let known = |capability| serde_json::from_value(capability).ok();
        // What cannot be told is still a reason not to open it.
        let told = |why| {
            serde_json::from_value(why).unwrap_or_else(|_| Error::ReaderUnavailable {
                detail: "for a reason that this version does not know".to_owned(),
            })
        };
        Self {
            selector: info.selector,
            display_name: info.display_name,
            model: info.model,
            firmware: info.firmware,
            capabilities: info.capabilities.into_iter().filter_map(known).collect(),
            card_present: info.card_present,
            unavailable: info.unavailable.map(told),
        }
    }
}

/// The value, or nothing where this version does not know it.
fn known<'de, D: Deserializer<'de>, T: DeserializeOwned>(value: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests;
