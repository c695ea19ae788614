//! The greeting and the first request: version, token, and what the connection is for.

use std::time::Duration;

use madoguchi_driver_api::{Call, Error};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Note, no_notes};
use crate::error::protocol;
use crate::transport::{Line, Wire};

/// The versions of the protocol that this driver speaks.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;

/// Beats that make sense: a service that names others would be taken for dead, or never.
const BEATS_MS: std::ops::RangeInclusive<u64> = 50..=10_000;

/// How the service greets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Hello {
    /// Another one after each start of the service.
    pub(crate) instance: String,
    /// The service's own version.
    pub(crate) version: String,
    protocol: Range,
    beat_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Range {
    min: u32,
    max: u32,
}

/// A device as the service describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Unit {
    /// One plugging-in.
    pub(crate) handle: u32,
    /// The serial number; empty where it has none.
    pub(crate) serial: String,
    /// Where it is plugged in.
    pub(crate) port: String,
    /// The name people know it by.
    pub(crate) name: String,
    /// The model.
    pub(crate) model: String,
    /// The version of its software.
    pub(crate) firmware: String,
    /// What it can do, in the service's words.
    pub(crate) features: Vec<String>,
    /// Whether a card lies on it.
    pub(crate) card: bool,
}

#[derive(Serialize)]
struct Request<'a> {
    protocol: u32,
    token: &'a str,
    client: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<u32>,
}

#[derive(Deserialize)]
struct Devices {
    devices: Vec<Unit>,
}

#[derive(Deserialize)]
struct Device {
    device: Unit,
}

/// Greets, and oversees the service: which devices are there now, and from now on notes of them.
///
/// # Errors
/// [`Error::ReaderUnavailable`] where the service refuses, [`Error::ServiceUnavailable`], [`Error::Protocol`], …
pub(crate) fn oversee<W: Wire>(
    line: &mut Line<W>,
    token: &Zeroizing<String>,
    call: &Call,
) -> Result<(Hello, Vec<Unit>), Error> {
    let (hello, protocol) = greet(line, call)?;
    let request = Request {
        protocol,
        token,
        client: CLIENT,
        device: None,
    };
    let reply = line.request("open", &request, call, &mut no_notes)?;
    Ok((hello, reply.read::<Devices>()?.devices))
}

/// Greets, and opens a device.
///
/// # Errors
/// As [`oversee`]; [`Error::ReaderRemoved`], [`Error::ReaderBusy`].
pub(crate) fn device<W: Wire>(
    line: &mut Line<W>,
    token: &Zeroizing<String>,
    handle: u32,
    call: &Call,
) -> Result<Unit, Error> {
    let (_, protocol) = greet(line, call)?;
    let request = Request {
        protocol,
        token,
        client: CLIENT,
        device: Some(handle),
    };
    let reply = line.request("open", &request, call, &mut no_notes)?;
    let unit = reply.read::<Device>()?.device;
    if unit.handle == handle {
        Ok(unit)
    } else {
        Err(protocol_of_another())
    }
}

const CLIENT: &str = concat!("madoguchi/", env!("CARGO_PKG_VERSION"));

fn protocol_of_another() -> Error {
    protocol("another device than the one asked for")
}

/// Waits for the greeting, and says which version to speak.
fn greet<W: Wire>(line: &mut Line<W>, call: &Call) -> Result<(Hello, u32), Error> {
    line.listen(call)?;
    let hello = match line.take_note() {
        Some(Note::Hello(hello)) => hello,
        Some(_) => return Err(protocol("something else than a greeting")),
        None => {
            call.check()?;
            return Err(Error::ServiceUnavailable);
        }
    };
    if !BEATS_MS.contains(&hello.beat_ms) {
        return Err(protocol("beats that make no sense"));
    }
    line.set_beat(Duration::from_millis(hello.beat_ms));
    let version = hello.protocol.max.min(*VERSIONS.end());
    if version < hello.protocol.min || !VERSIONS.contains(&version) {
        return Err(Error::ReaderUnavailable {
            detail: format!(
                "the reader service speaks protocol {} to {}",
                hello.protocol.min, hello.protocol.max
            ),
        });
    }
    Ok((hello, version))
}
