//! What a plugin answered, made sure of: one set of bounds for every border.

use madoguchi_driver_api::{Error, Pin};

/// The longest answer that is taken over, in bytes: an extended APDU response and then some.
pub(super) const MAX_LEN: usize = 1 << 17;

/// An answer of plain bytes.
pub(super) fn bounded(what: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if bytes.len() > MAX_LEN {
        return Err(protocol(format!("{what}: too long")));
    }
    Ok(bytes)
}

/// A response APDU.
pub(super) fn response(bytes: &[u8]) -> Result<(), Error> {
    match bytes.len() {
        // A card that was pulled: a driver has to say so, and some will not.
        0 | 1 => Err(Error::CardRemoved),
        2..=MAX_LEN => Ok(()),
        _ => Err(protocol("response: too long".to_owned())),
    }
}

/// The digits that a plugin wrote into their room.
pub(super) fn pin(room: &[u8], len: usize) -> Result<Pin, Error> {
    let digits = room
        .get(..len)
        .ok_or_else(|| protocol("PIN: longer than its room".to_owned()))?;
    Pin::new(digits.to_vec()).map_err(|problem| protocol(problem.to_string()))
}

pub(super) fn protocol(detail: String) -> Error {
    Error::Protocol { detail }
}
