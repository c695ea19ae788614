//! One attempt: connect, shake hands, look at who is there, wait until it begins.

use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::ServerName;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{Error, Step};
use super::line::{End, Line, PREFACE};
use super::{OwnFiles, PROTOCOL};
use crate::config::{Limits, Problem, Roles, Uplink};
use crate::server::{Peer, uri_san};

/// Dials one uplink.
pub(super) struct Dialler {
    host: String,
    port: u16,
    server_name: ServerName<'static>,
    files: OwnFiles,
    roles: Arc<Roles>,
    watchers: u32,
    deadline: Duration,
}

impl Dialler {
    /// Who dials that uplink.
    ///
    /// # Errors
    /// [`Problem::Value`] where the configuration was not checked.
    pub(super) fn new(
        index: usize,
        uplink: &Uplink,
        files: OwnFiles,
        roles: Arc<Roles>,
        limits: &Limits,
    ) -> Result<Self, Problem> {
        let wrong = |key: &str| Problem::value(format!("uplinks[{index}].{key}"), "cannot be used");
        let (host, port) = uplink.host_and_port().ok_or_else(|| wrong("endpoint"))?;
        let name = uplink.expected_name().map(str::to_owned);
        let server_name = name.and_then(|name| ServerName::try_from(name).ok());
        Ok(Self {
            host: host.to_owned(),
            port,
            server_name: server_name.ok_or_else(|| wrong("server_name"))?,
            files,
            roles,
            watchers: limits.max_watchers_per_connection,
            deadline: Duration::from_secs(uplink.handshake_timeout_seconds.into()),
        })
    }

    /// A line that can be served, and who is at its other end. All steps together have one deadline.
    pub(super) async fn dial(&self, life: OwnedSemaphorePermit) -> Result<(Line, String), Error> {
        let until = Instant::now() + self.deadline;
        let late = |step| move |_| Error::Late(self.deadline.as_secs(), step);
        let mut stream = timeout_at(
            until,
            self.shake(TcpStream::connect((self.host.as_str(), self.port)), until),
        )
        .await
        .map_err(late(Step::ShakingHands))??;
        let uri = self.look(&stream)?;
        let peer = Peer::of_far_side(uri.clone(), &self.roles, self.watchers)
            .ok_or_else(|| Error::Stranger(uri.clone()))?;
        // Whoever never begins would be served for ever: HTTP/2 has pings only once it has begun.
        let mut preface = [0; PREFACE.len()];
        timeout_at(until, stream.read_exact(&mut preface))
            .await
            .map_err(late(Step::Waiting))?
            // With TLS 1.3 the far side's refusal of our certificate comes only here.
            .map_err(Error::Handshake)?;
        if preface != *PREFACE {
            return Err(Error::Preface);
        }
        let line = Line {
            stream: Box::new(stream),
            unread: PREFACE,
            peer,
            end: End::default(),
            _life: life,
        };
        Ok((line, uri))
    }

    async fn shake(
        &self,
        connecting: impl Future<Output = std::io::Result<TcpStream>>,
        until: Instant,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let files = self.files.clone();
        let config = match spawn_blocking(move || files.read()).await {
            Ok(read) => read.map_err(Error::Files)?,
            Err(_) => {
                return Err(Error::Files(Problem::Internal(
                    "a file's reading ended by a panic",
                )));
            }
        };
        let stream = timeout_at(until, connecting)
            .await
            .map_err(|_| Error::Late(self.deadline.as_secs(), Step::Connecting))?
            .map_err(Error::Connect)?;
        stream.set_nodelay(true).map_err(Error::Connect)?;
        let connector = TlsConnector::from(Arc::new(config));
        connector
            .connect(self.server_name.clone(), stream)
            .await
            .map_err(Error::Handshake)
    }

    /// Who is there: what it speaks, and the one URI of its certificate.
    fn look(&self, stream: &TlsStream<TcpStream>) -> Result<String, Error> {
        let (_, session) = stream.get_ref();
        if session.alpn_protocol() != Some(PROTOCOL.as_bytes()) {
            return Err(Error::Protocol);
        }
        let leaf = session.peer_certificates().and_then(<[_]>::first);
        leaf.and_then(|leaf| uri_san(leaf)).ok_or(Error::Nameless)
    }
}
