//! Why an uplink is down, in one line for whoever looks after the gateway.

use std::io;

use thiserror::Error;

use super::PROTOCOL;
use crate::config::Problem;

/// Why an uplink is down.
#[derive(Debug, Error)]
pub(super) enum Error {
    /// The files of the line cannot be used any more.
    #[error("{0}")]
    Files(#[source] Problem),
    /// Nobody listens there, or it cannot be reached.
    #[error("the far side cannot be reached: {0}")]
    Connect(#[source] io::Error),
    /// One of the two did not take the other's certificate, or it does not speak TLS.
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[source] io::Error),
    /// It is something else.
    #[error("the far side does not speak {} (ALPN)", PROTOCOL)]
    Protocol,
    /// Its certificate does not say who it is.
    #[error("the far side's certificate does not say who it is: it must have exactly one URI")]
    Nameless,
    /// It is known, but not as somebody who is served.
    #[error("the far side is {0}, which [roles] does not name as remote")]
    Stranger(String),
    /// It said something else first.
    #[error("the far side did not begin HTTP/2 as the client")]
    Preface,
    /// One step took too long.
    #[error("the far side was not ready within {0} s: {1}")]
    Late(u64, Step),
    /// It hung up.
    #[error("the far side ended the line")]
    Ended,
    /// The line broke.
    #[error("the line broke")]
    Broken,
    /// It answers no pings, or does not keep to HTTP/2.
    #[error("the far side answered no pings any more, or broke the rules of HTTP/2")]
    GivenUp,
}

/// The steps until a line is served, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Step {
    #[error("it could not be reached")]
    Connecting,
    #[error("the TLS handshake did not end")]
    ShakingHands,
    #[error("it did not begin HTTP/2")]
    Waiting,
}
