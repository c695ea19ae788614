//! The front of the gateway: connections, TLS, identity, roles, limits, health and reflection.
//!
//! A call passes, in this order: the log line, the audit log, the table of RPC × role ([`access`]), the bounds of all calls
//! together, the RPC edge. Nobody without an identity gets further than the table.

mod accept;
pub mod access;
pub(crate) mod audited;
pub(crate) mod bounds;
mod connection;
pub(crate) mod health;
mod peer;
mod record;
pub(crate) mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use madoguchi_audit::Log;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::Connected;

pub use peer::{Identity, Peer};
pub(crate) use peer::{caller, uri_san};

use crate::config::{Config, Limits, Problem, Roles};
use accept::Acceptor;

/// A gateway's open port, not served yet.
pub(crate) struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    roles: Arc<Roles>,
    limits: Limits,
}

impl Server {
    /// Reads the TLS files, then opens the port.
    ///
    /// # Errors
    /// [`Problem::Tls`], [`Problem::Listen`].
    pub(crate) async fn open(config: &Config) -> Result<Self, Problem> {
        let tls = tls::read(&config.tls)?;
        let listen = config.server.listen;
        let failed = |source| Problem::Listen { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let roles = Arc::new(config.roles.clone());
        Ok(Self {
            listener,
            local_addr,
            tls,
            roles,
            limits: config.server.limits.clone(),
        })
    }

    /// Where it listens.
    pub(crate) const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until it is told to stop and every connection has ended.
    ///
    /// # Errors
    /// What the transport says.
    pub(crate) async fn serve(
        self,
        routes: Routes,
        log: Log,
        stop: CancellationToken,
    ) -> Result<(), tonic::transport::Error> {
        let Self {
            listener,
            tls,
            roles,
            limits,
            ..
        } = self;
        let pings = Pings {
            interval_seconds: limits.keepalive_interval_seconds,
            timeout_seconds: limits.keepalive_timeout_seconds,
        };
        let (acceptor, connections) = Acceptor::new(listener, tls, roles, &limits);
        let accepting = tokio::spawn(acceptor.run(stop.clone()));
        let served = serve(routes, log, &limits, pings, connections, stop).await;
        accepting.abort();
        served
    }
}

/// How a quiet connection is felt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pings {
    /// Seconds between two.
    pub(crate) interval_seconds: u32,
    /// Seconds within which one has to be answered.
    pub(crate) timeout_seconds: u32,
}

/// Serves these connections, behind layers of their own, until it is told to stop and each has ended.
///
/// # Errors
/// What the transport says.
pub(crate) async fn serve<C>(
    routes: Routes,
    log: Log,
    limits: &Limits,
    pings: Pings,
    connections: mpsc::Receiver<io::Result<C>>,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error>
where
    C: AsyncRead + AsyncWrite + Connected<ConnectInfo = Peer> + Send + Unpin + 'static,
{
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    tonic::transport::Server::builder()
        .max_concurrent_streams(limits.max_streams_per_connection)
        .http2_keepalive_interval(Some(seconds(pings.interval_seconds)))
        .http2_keepalive_timeout(Some(seconds(pings.timeout_seconds)))
        .layer(record::RecordLayer)
        .layer(audited::AuditLayer::new(log))
        .layer(access::AccessLayer)
        .layer(bounds::BoundsLayer::new(limits))
        .add_routes(routes)
        .serve_with_incoming_shutdown(ReceiverStream::new(connections), stop.cancelled_owned())
        .await
}
