//! What is said, in the protocol's words.

use std::borrow::Cow;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Method};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Client;
use super::cutter::{framed, with_length};
use crate::device::Digits;

/// Codes of failure.
pub(super) mod code {
    pub(in super::super) const TOKEN: u32 = 1001;
    pub(in super::super) const VERSION: u32 = 1002;
    pub(in super::super) const NO_HANDLE: u32 = 1003;
    pub(in super::super) const NO_CARD: u32 = 2001;
    pub(in super::super) const CARD_REMOVED: u32 = 2002;
    pub(in super::super) const CARD_MUTE: u32 = 2003;
    pub(in super::super) const NOT_MY_NUMBER: u32 = 2004;
    pub(in super::super) const OBSOLETE: u32 = 2005;
    pub(in super::super) const UNREADABLE: u32 = 2006;
    pub(in super::super) const CARD_RESET: u32 = 2007;
    pub(in super::super) const CARD_NONSENSE: u32 = 2008;
    pub(in super::super) const PIN_LOCKED: u32 = 3001;
    pub(in super::super) const PIN_NOT_SET: u32 = 3002;
    pub(in super::super) const FACE: u32 = 3003;
    pub(in super::super) const STAFF_SAID_NO: u32 = 3004;
    pub(in super::super) const PATIENT_LATE: u32 = 3005;
    pub(in super::super) const PIN_UNKNOWN: u32 = 3006;
    pub(in super::super) const DETACHED: u32 = 4001;
    pub(in super::super) const BUSY: u32 = 4002;
    pub(in super::super) const CANNOT: u32 = 4003;
    pub(in super::super) const CANCELLED: u32 = 5001;
    pub(in super::super) const WAITED: u32 = 5002;
    pub(in super::super) const MALFORMED: u32 = 5003;
    pub(in super::super) const UNKNOWN_CALL: u32 = 5004;
}

/// Something that cannot be: whoever says it is not listened to any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Nonsense;

/// What the client says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said<'a> {
    pub(super) id: Option<u32>,
    pub(super) device: Option<u32>,
    #[serde(borrow)]
    pub(super) call: Option<&'a str>,
    #[serde(borrow)]
    pub(super) note: Option<&'a str>,
    pub(super) of: Option<u32>,
    #[serde(borrow)]
    with: Option<&'a RawValue>,
}

impl<'a> Said<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(message).ok()
    }

    /// What the call was given; none where that makes no sense.
    pub(super) fn with<T: Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_str(self.with?.get()).ok()
    }
}

impl Client {
    /// Answers a request.
    pub(super) fn answer(&mut self, id: u32, answer: Result<Value, u32>, out: &mut dyn FnMut(&[u8])) {
        self.said = Instant::now();
        let message = match answer {
            Ok(with) => json!({"id": id, "ok": with}),
            Err(code) => json!({"id": id, "no": {"code": code, "text": "see the manual"}}),
        };
        out(&framed(&message));
    }
}

/// The answer with what was typed; it lies in no buffer that is not overwritten.
pub(super) fn digits(id: u32, digits: &Digits) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(128));
    body.extend_from_slice(format!("{{\"id\":{id},\"ok\":{{\"digits\":\"").as_bytes());
    body.extend_from_slice(digits.expose());
    body.extend_from_slice(b"\"}}");
    with_length(&body)
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    STANDARD.decode_vec(text, &mut bytes).ok()?;
    Some(bytes)
}

/// The key of a button; none for what no button answers.
pub(super) fn key(answer: &Answer) -> Option<Cow<'static, str>> {
    Some(match answer {
        Answer::Medium(medium) => Cow::Borrowed(medium.as_str()),
        Answer::Method(method) => Cow::Borrowed(method.as_str()),
        Answer::Yes => Cow::Borrowed("yes"),
        Answer::No => Cow::Borrowed("no"),
        Answer::Quit => Cow::Borrowed("quit"),
        Answer::Language(tag) => Cow::Owned(format!("language:{tag}")),
        _ => return None,
    })
}

/// What a button of that key answers.
pub(super) fn pressed(key: &str) -> Option<Answer> {
    if let Some(tag) = key.strip_prefix("language:") {
        return Some(Answer::Language(tag.to_owned()));
    }
    let medium = Medium::ALL.into_iter().find(|medium| medium.as_str() == key);
    let method = Method::ALL.into_iter().find(|method| method.as_str() == key);
    match key {
        "yes" => Some(Answer::Yes),
        "no" => Some(Answer::No),
        "quit" => Some(Answer::Quit),
        _ => medium.map(Answer::Medium).or(method.map(Answer::Method)),
    }
}
