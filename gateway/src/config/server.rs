//! Where the gateway listens, for whom, and how much at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where and how the gateway serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How much at once.
    pub limits: Limits,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8765)),
            limits: Limits::default(),
        }
    }
}

/// Certificate and key of the gateway, and the authority of its clients: all three or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file: the gateway's certificate and its intermediates.
    pub certificate: Option<PathBuf>,
    /// PEM file: its private key.
    pub key: Option<PathBuf>,
    /// PEM file: the roots that client certificates come from.
    pub client_ca: Option<PathBuf>,
}

/// Bounds. Each refuses with OVERLOADED instead of letting work pile up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once.
    pub max_connections: u32,
    /// Streams at once on one connection.
    pub max_streams_per_connection: u32,
    /// Requests that are being answered at once.
    pub max_requests_in_flight: u32,
    /// Bytes of one request.
    pub max_message_bytes: u32,
    /// Watch streams at once.
    pub max_watchers: u32,
    /// Watch streams at once on one connection.
    pub max_watchers_per_connection: u32,
    /// Messages after which a watch stream ends and is to be opened again.
    pub max_messages_per_watch: u32,
    /// Milliseconds between two messages of a watch stream, after the first few.
    pub watch_interval_milliseconds: u32,
    /// Seconds for a TLS handshake.
    pub handshake_timeout_seconds: u32,
    /// Seconds until a call is given up.
    pub request_timeout_seconds: u32,
    /// Seconds between HTTP/2 pings on a quiet connection.
    pub keepalive_interval_seconds: u32,
    /// Seconds within which a ping has to be answered.
    pub keepalive_timeout_seconds: u32,
    /// Seconds that calls may take to end when the gateway shuts down.
    pub drain_timeout_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 256,
            max_streams_per_connection: 100,
            max_requests_in_flight: 512,
            max_message_bytes: 256 * 1024,
            max_watchers: 512,
            max_watchers_per_connection: 32,
            max_messages_per_watch: 128,
            watch_interval_milliseconds: 50,
            handshake_timeout_seconds: 10,
            request_timeout_seconds: 150,
            keepalive_interval_seconds: 20,
            keepalive_timeout_seconds: 10,
            drain_timeout_seconds: 10,
        }
    }
}

impl Limits {
    /// The pause between two messages of a watch stream.
    #[must_use]
    pub fn watch_interval(&self) -> Duration {
        Duration::from_millis(self.watch_interval_milliseconds.into())
    }

    /// Every bound by its key, for the checks.
    pub(super) const fn entries(&self) -> [(&'static str, u32); 13] {
        [
            ("max_connections", self.max_connections),
            ("max_streams_per_connection", self.max_streams_per_connection),
            ("max_requests_in_flight", self.max_requests_in_flight),
            ("max_message_bytes", self.max_message_bytes),
            ("max_watchers", self.max_watchers),
            ("max_watchers_per_connection", self.max_watchers_per_connection),
            ("max_messages_per_watch", self.max_messages_per_watch),
            ("watch_interval_milliseconds", self.watch_interval_milliseconds),
            ("handshake_timeout_seconds", self.handshake_timeout_seconds),
            ("request_timeout_seconds", self.request_timeout_seconds),
            ("keepalive_interval_seconds", self.keepalive_interval_seconds),
            ("keepalive_timeout_seconds", self.keepalive_timeout_seconds),
            ("drain_timeout_seconds", self.drain_timeout_seconds),
        ]
    }
}
