//! The greeting and the first request: version, token, and what the connection is for.

use std::time::Duration;

use madoguchi_driver_api::{Call, Error};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::no_notes;
use crate::quirks::Quirks;
use crate::transport::Session;

/// The versions of the protocol that this driver speaks.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;

/// Beats that make sense.
const BEATS_MS: std::ops::RangeInclusive<u64> = 50..=10_000;

/// How the service greets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct Hello {
    /// Another one after each start of the service.
    pub(crate) instance: String,
    /// The service's own version.
    pub(crate) version: String,
    protocol: Range,
    beat_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
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

impl Unit {
    /// What the reader is known by: its serial number, or where it is plugged in.
    pub(crate) fn selector(&self) -> &str {
        if self.serial.is_empty() {
            &self.port
        } else {
            &self.serial
        }
    }

    /// What it can do.
    pub(crate) fn quirks(&self) -> Quirks {
        Quirks::of(self.features.iter().map(String::as_str))
    }
}

#[derive(Serialize)]
struct Request<'a> {
    protocol: u32,
    token: &'a str,
    client: &'static str,
}

#[derive(Deserialize)]
struct Devices {
    devices: Vec<Unit>,
}

impl Hello {
    /// How often both sides say something.
    pub(crate) fn beat(&self) -> Duration {
        // A service that names something else would be taken for dead, or never.
        Duration::from_millis(self.beat_ms.clamp(*BEATS_MS.start(), *BEATS_MS.end()))
    }

    /// The highest version that both sides speak.
    fn version(&self) -> Result<u32, Error> {
        let Range { min, max } = self.protocol;
        let version = max.min(*VERSIONS.end());
        if version >= min && VERSIONS.contains(&version) {
            return Ok(version);
        }
        Err(Error::ReaderUnavailable {
            detail: format!("the reader service speaks protocol {min} to {max}"),
        })
    }
}

/// Says who asks, and learns which devices are plugged in.
///
/// # Errors
/// [`Error::ReaderUnavailable`] where the service refuses, …
pub(crate) fn open(session: &Session, token: &Zeroizing<String>, call: &Call) -> Result<Vec<Unit>, Error> {
    let request = Request {
        protocol: session.hello().version()?,
        token,
        client: concat!("madoguchi/", env!("CARGO_PKG_VERSION")),
    };
    let reply = session.request(None, "open", &request, call, &mut no_notes)?;
    Ok(reply.read::<Devices>()?.devices)
}
