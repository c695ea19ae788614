//! Takes connections: counted, each with its handshake in a bounded time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::Peer;
use super::connection::{Connection, Stream};
use crate::config::{Limits, Roles};

/// Connections that are ready and wait to be served.
const QUEUE: usize = 16;
/// Pause after the system could not give a connection, mostly for want of file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// Takes connections.
pub(super) struct Acceptor {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    handshake: Handshake,
    ready: mpsc::Sender<io::Result<Connection>>,
}

#[derive(Clone)]
struct Handshake {
    tls: Option<TlsAcceptor>,
    roles: Arc<Roles>,
    deadline: Duration,
    watchers: u32,
}

impl Acceptor {
    /// An acceptor, and the connections that it will have taken.
    pub(super) fn new(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        roles: Arc<Roles>,
        limits: &Limits,
    ) -> (Self, mpsc::Receiver<io::Result<Connection>>) {
        let (ready, connections) = mpsc::channel(QUEUE);
        let handshake = Handshake {
            tls: tls.map(TlsAcceptor::from),
            roles,
            deadline: Duration::from_secs(limits.handshake_timeout_seconds.into()),
            watchers: limits.max_watchers_per_connection,
        };
        let slots = Arc::new(Semaphore::new(limits.max_connections as usize));
        (
            Self {
                listener,
                slots,
                handshake,
                ready,
            },
            connections,
        )
    }

    /// Takes connections until it is told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut handshakes = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                Some(_) = handshakes.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let Ok(slot) = self.slots.clone().try_acquire_owned() else {
                tracing::warn!("too many connections: one was closed at once");
                continue;
            };
            let (handshake, ready) = (self.handshake.clone(), self.ready.clone());
            handshakes.spawn(async move {
                match timeout(handshake.deadline, handshake.shake(stream, slot)).await {
                    // The receiver is gone only when nothing is served any more.
                    Ok(Ok(connection)) => drop(ready.send(Ok(connection)).await),
                    Ok(Err(error)) => tracing::info!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::info!("a TLS handshake took too long"),
                }
            });
        }
    }
}

impl Handshake {
    async fn shake(&self, stream: TcpStream, slot: OwnedSemaphorePermit) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        let Some(acceptor) = &self.tls else {
            let peer = Peer::local(self.watchers);
            return Ok(Connection {
                stream: Stream::Plain(stream),
                peer,
                _slot: slot,
            });
        };
        let stream = Box::new(acceptor.accept(stream).await?);
        let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let peer = match leaf {
            Some(leaf) => Peer::of_certificate(leaf, &self.roles, self.watchers),
            None => Peer::unknown(self.watchers),
        };
        Ok(Connection {
            stream: Stream::Tls(stream),
            peer,
            _slot: slot,
        })
    }
}
