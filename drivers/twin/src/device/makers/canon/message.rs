//! Messages in CBOR: requests in, responses and events out.

use ciborium::Value;
use ciborium::value::Integer;
use zeroize::{Zeroize as _, Zeroizing};

/// No message of this protocol is nested deeper.
const DEPTH: usize = 16;

/// A map with small integers as keys.
pub(super) type Fields = Vec<(u8, Value)>;

/// A request.
pub(super) struct Request {
    pub(super) id: u16,
    pub(super) operation: u64,
    pub(super) params: Params,
}

impl Request {
    /// Reads a message; none where it is no request.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let value = ciborium::de::from_reader_with_recursion_limit(message, DEPTH).ok()?;
        let Ok([id, operation, params]) = <[Value; 3]>::try_from(Value::into_array(value).ok()?) else {
            return None;
        };
        Some(Self {
            id: number(&id)
                .and_then(|id| u16::try_from(id).ok())
                .filter(|id| *id != 0)?,
            operation: number(&operation)?,
            params: Params(params.into_map().ok()?),
        })
    }
}

/// A request's parameters. They may hold a PIN: its bytes are wiped when they are dropped.
pub(super) struct Params(Vec<(Value, Value)>);

impl Params {
    pub(super) fn get(&self, key: u64) -> Option<&Value> {
        self.0
            .iter()
            .find(|(own, _)| number(own) == Some(key))
            .map(|(_, value)| value)
    }

    pub(super) fn number(&self, key: u64) -> Option<u64> {
        self.get(key).and_then(number)
    }

    pub(super) fn text(&self, key: u64) -> Option<&str> {
        self.get(key).and_then(Value::as_text)
    }

    pub(super) fn bytes(&self, key: u64) -> Option<&[u8]> {
        self.get(key).and_then(Value::as_bytes).map(Vec::as_slice)
    }

    pub(super) fn map(&self, key: u64) -> Option<Self> {
        self.get(key).and_then(Value::as_map).cloned().map(Self)
    }

    /// A list's elements; none where there is no list.
    pub(super) fn list(&self, key: u64) -> Option<&[Value]> {
        self.get(key).and_then(Value::as_array).map(Vec::as_slice)
    }

    /// The same of a map in a list.
    pub(super) fn of(value: &Value) -> Option<Self> {
        value.as_map().cloned().map(Self)
    }
}

impl Drop for Params {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            if let Value::Bytes(bytes) = value {
                bytes.zeroize();
            }
        }
    }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_integer().and_then(|integer| u64::try_from(integer).ok())
}

/// How a request went.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Status {
    Done = 0,
    UnknownOperation = 1,
    Malformed = 2,
    NoTarget = 3,
    MovedOff = 4,
    Mute = 5,
    Collision = 6,
    Busy = 7,
    Stopped = 8,
    NotHere = 9,
    NotActive = 10,
    UnknownTemplate = 11,
    Forgotten = 12,
    Pending = 13,
    TooLong = 14,
    Trouble = 15,
}

/// Something that happened by itself.
pub(super) enum Kind {
    Came { target: u32, phone: bool },
    Left { target: u32 },
    Touched,
    Collision { is: bool },
    Unreadable,
    Restarted { nonce: u64 },
}

pub(super) fn response(id: u16, status: Status, result: Fields) -> Zeroizing<Vec<u8>> {
    message(id, status as u8, result)
}

pub(super) fn event(kind: Kind) -> Zeroizing<Vec<u8>> {
    let (code, details) = match kind {
        Kind::Came { target, phone } => {
            // A phone is held to its own mark, a card lies on the plate.
            let kind = if phone { 2_u8 } else { 1 };
            (1, vec![(1, target.into()), (2, kind.into()), (3, kind.into())])
        }
        Kind::Left { target } => (2, vec![(1, target.into())]),
        Kind::Touched => (3, vec![]),
        Kind::Collision { is } => (4, vec![(4, is.into())]),
        Kind::Unreadable => (5, vec![]),
        Kind::Restarted { nonce } => (6, vec![(1, nonce.into())]),
    };
    message(0, code, details)
}

fn message(id: u16, code: u8, fields: Fields) -> Zeroizing<Vec<u8>> {
    let room = fields
        .iter()
        .map(|(_, value)| value.as_bytes().map_or(0, Vec::len))
        .sum::<usize>();
    let fields = fields
        .into_iter()
        .map(|(key, value)| (Value::Integer(Integer::from(key)), value))
        .collect();
    let mut value = Value::Array(vec![id.into(), code.into(), Value::Map(fields)]);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room + 256));
    if let Err(error) = ciborium::into_writer(&value, &mut *bytes) {
        // A vector takes what it is given.
        tracing::error!(%error, "a message cannot be written");
    }
    wipe(&mut value);
    bytes
}

fn wipe(value: &mut Value) {
    match value {
        Value::Bytes(bytes) => bytes.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Map(fields) => fields.iter_mut().for_each(|(_, value)| wipe(value)),
        _ => {}
    }
}
