//! The lines that the gateway dials itself, to serve whoever is at their other end.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A line that the gateway dials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uplink {
    /// Its name in log and status.
    pub name: String,
    /// Where to dial, as host and port.
    pub endpoint: String,
    /// PEM file: the roots that the far side's certificate comes from.
    pub ca: PathBuf,
    /// PEM file: the certificate that the gateway shows, with its intermediates; that of `[tls]` where it is not given.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// PEM file: its private key.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The name that the far side's certificate must have; the endpoint's host where it is not given.
    #[serde(default)]
    pub server_name: Option<String>,
    /// Seconds from dialling until the far side has begun HTTP/2.
    #[serde(default = "ten")]
    pub handshake_timeout_seconds: u32,
    /// Milliseconds until a line that was lost is dialled again, at least.
    #[serde(default = "min_pause")]
    pub min_pause_ms: u32,
    /// Milliseconds between two attempts, at most.
    #[serde(default = "max_pause")]
    pub max_pause_ms: u32,
    /// Milliseconds after which a line was good, so that the pauses begin anew.
    #[serde(default = "good_life")]
    pub good_life_ms: u32,
    /// Seconds between HTTP/2 pings on a quiet line.
    #[serde(default = "twenty")]
    pub keepalive_interval_seconds: u32,
    /// Seconds within which a ping has to be answered.
    #[serde(default = "ten")]
    pub keepalive_timeout_seconds: u32,
}

const fn ten() -> u32 {
    10
}

const fn twenty() -> u32 {
    20
}

const fn min_pause() -> u32 {
    1_000
}

const fn max_pause() -> u32 {
    60_000
}

const fn good_life() -> u32 {
    60_000
}

impl Uplink {
    /// A line of that name, to there, with everything else as it is where nothing is said.
    #[must_use]
    pub fn new(name: impl Into<String>, endpoint: impl Into<String>, ca: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            ca: ca.into(),
            certificate: None,
            key: None,
            server_name: None,
            handshake_timeout_seconds: ten(),
            min_pause_ms: min_pause(),
            max_pause_ms: max_pause(),
            good_life_ms: good_life(),
            keepalive_interval_seconds: twenty(),
            keepalive_timeout_seconds: ten(),
        }
    }

    /// Host and port, where the endpoint is that.
    #[must_use]
    pub fn host_and_port(&self) -> Option<(&str, u16)> {
        let (host, port) = self.endpoint.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        let bare = match host.strip_prefix('[') {
            Some(v6) => v6.strip_suffix(']')?,
            None if host.contains(':') => return None,
            None => host,
        };
        Some((bare, port)).filter(|(host, _)| !host.is_empty())
    }

    /// The name that the far side's certificate must have.
    #[must_use]
    pub fn expected_name(&self) -> Option<&str> {
        let host = || self.host_and_port().map(|(host, _)| host);
        self.server_name.as_deref().or_else(host)
    }
}
