//! `card.on`, `card.apdu`, `card.off`.

use madoguchi_driver_api::{Atr, Call, Error};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{Nothing, no_notes};
use crate::codec::{Bytes, decode};
use crate::error::protocol;
use crate::transport::Line;

/// The longest answer to an APDU: extended length and the status word.
const MAX_ANSWER: usize = 65_536 + 2;

#[derive(Deserialize)]
struct Powered<'a> {
    atr: &'a str,
}

#[derive(Serialize)]
struct Apdu<'a> {
    apdu: Bytes<'a>,
}

#[derive(Deserialize)]
struct Answered<'a> {
    answer: &'a str,
}

/// Powers the card up.
///
/// # Errors
/// [`Error::NoCard`], [`Error::CardUnresponsive`], …
pub(crate) fn on(line: &Line, call: &Call) -> Result<Atr, Error> {
    let reply = line.request("card.on", &Nothing {}, call, &mut no_notes)?;
    let mut atr = Vec::new();
    if decode(reply.read::<Powered<'_>>()?.atr, &mut atr) {
        Ok(Atr(atr))
    } else {
        Err(protocol("an answer to reset that is none"))
    }
}

/// Sends one command APDU, once; the response receives data and status word.
///
/// # Errors
/// [`Error::CardRemoved`], [`Error::CardReset`], …
pub(crate) fn apdu(line: &Line, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
    response.clear();
    let request = Apdu { apdu: Bytes(command) };
    let reply = line.request("card.apdu", &request, call, &mut no_notes)?;
    if !decode(reply.read::<Answered<'_>>()?.answer, response) {
        response.zeroize();
        return Err(protocol("an answer of the card that is none"));
    }
    match response.len() {
        // A card that was pulled in the middle may answer nothing.
        0 | 1 => {
            response.clear();
            Err(Error::CardRemoved)
        }
        2..=MAX_ANSWER => Ok(()),
        _ => {
            response.zeroize();
            Err(protocol("an answer longer than any card's"))
        }
    }
}

/// Powers the card off.
///
/// # Errors
/// Where the service did not say that it is off: then the line has to be closed.
pub(crate) fn off(line: &Line, call: &Call) -> Result<(), Error> {
    let reply = line.request("card.off", &Nothing {}, call, &mut no_notes)?;
    reply.read::<Nothing>().map(drop)
}
