//! The versioned messages that cross the border as bytes: `{"version":1,"body":…}` in JSON.
//!
//! The bodies are the contract's own types; `MESSAGES.md` beside this crate shows each. A message of another version,
//! or one whose body this side does not know, is refused as a whole; what may be unknown without that, because the
//! contracts of both sides grow apart, is read by the functions named after the message.

mod newer;

pub use newer::{event, face_request, pin_request, readers, screen};

use madoguchi_driver_api::Error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of every message that this crate writes and the only one that it reads.
pub const VERSION: u32 = 1;

/// The longest message that is looked at, in bytes.
pub const MAX_LEN: usize = 1 << 20;

#[derive(Serialize)]
struct Outgoing<'a, T> {
    version: u32,
    body: &'a T,
}

/// The version alone, so that another one is told apart from nonsense.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Incoming<T> {
    body: T,
}

/// Writes a message.
///
/// # Errors
/// [`Error::Protocol`] where the body has no JSON form.
pub fn encode<T: Serialize>(what: &'static str, body: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&Outgoing {
        version: VERSION,
        body,
    })
    .map_err(|_| refused(what, "cannot be written"))
}

/// Reads a message. The error says what was to be read and what is wrong, never what was in it.
///
/// # Errors
/// [`Error::Protocol`].
pub fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, Error> {
    if bytes.len() > MAX_LEN {
        return Err(refused(what, "too long"));
    }
    match serde_json::from_slice::<Version>(bytes) {
        Ok(Version { version: VERSION }) => serde_json::from_slice(bytes)
            .map(|Incoming { body }| body)
            .map_err(|_| unknown(what)),
        Ok(_) => Err(refused(what, "a message of another version")),
        Err(_) => Err(refused(what, "not a message")),
    }
}

fn unknown(what: &str) -> Error {
    refused(what, "a body that this version does not know")
}

fn refused(what: &str, problem: &str) -> Error {
    Error::Protocol {
        detail: format!("{what}: {problem}"),
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_driver_api::Event;

    use super::*;

    #[test]
    fn a_message_is_read_back() {
        let event = Event::CardInserted {
            selector: "port-1".into(),
        };
        let bytes = encode("event", &event).unwrap();
        assert_eq!(decode::<Event>("event", &bytes), Ok(event));
        assert!(
            bytes.starts_with(br#"{"version":1,"body":"#),
            "the form is frozen"
        );
    }

    #[test]
    fn what_is_not_understood_is_refused_without_being_quoted() {
        let long = vec![b' '; MAX_LEN + 1];
        let cases: [(&[u8], &str); 5] = [
            (b"", "event: not a message"),
            (b"\xFF{secret", "event: not a message"),
            (
                br#"{"version":2,"body":{"secret":1}}"#,
                "event: a message of another version",
            ),
            (
                br#"{"version":1,"body":{"secret":{}}}"#,
                "event: a body that this version does not know",
            ),
            (&long, "event: too long"),
        ];
        for (bytes, detail) in cases {
            assert_eq!(
                decode::<Event>("event", bytes),
                Err(Error::Protocol {
                    detail: detail.into()
                })
            );
        }
    }
}
