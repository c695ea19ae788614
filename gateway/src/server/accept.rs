//! Takes connections: counted once it is known who they are, each with its handshake in a bounded time.
//!
//! Whoever can reach the port can open sockets without ever saying a word. So what shakes hands is bounded apart from
//! what is served, and where too many do, the oldest has to go: an honest client needs milliseconds.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
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

/// Handshakes that are under way at once.
const MAX_HANDSHAKES: usize = 64;

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
        // The handshakes under way, oldest first; dropping one gives it up.
        let mut under_way = VecDeque::<oneshot::Sender<()>>::new();
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
            under_way.retain(|handshake| !handshake.is_closed());
            if under_way.len() >= MAX_HANDSHAKES {
                tracing::warn!("too many TLS handshakes at once: the oldest was given up");
                under_way.pop_front();
            }
            let (keep, given_up) = oneshot::channel();
            under_way.push_back(keep);
            let (handshake, slots, ready) = (self.handshake.clone(), self.slots.clone(), self.ready.clone());
            handshakes.spawn(async move {
                let Some((stream, peer)) = handshake.bounded(stream, given_up).await else {
                    return;
                };
                let Ok(slot) = slots.try_acquire_owned() else {
                    tracing::warn!("too many connections: one was closed at once");
                    return;
                };
                let connection = Connection {
                    stream,
                    peer,
                    _slot: slot,
                };
                // The receiver is gone only when nothing is served any more.
                drop(ready.send(Ok(connection)).await);
            });
        }
    }
}

impl Handshake {
    /// The handshake, unless it fails, takes too long or is given up.
    async fn bounded(&self, stream: TcpStream, given_up: oneshot::Receiver<()>) -> Option<(Stream, Peer)> {
        let shaken = tokio::select! {
            shaken = timeout(self.deadline, self.shake(stream)) => shaken,
            _ = given_up => return None,
        };
        match shaken {
            Ok(Ok(known)) => Some(known),
            Ok(Err(error)) => {
                tracing::info!(%error, "a TLS handshake failed");
                None
            }
            Err(_) => {
                tracing::info!("a TLS handshake took too long");
                None
            }
        }
    }

    async fn shake(&self, stream: TcpStream) -> io::Result<(Stream, Peer)> {
        stream.set_nodelay(true)?;
        let Some(acceptor) = &self.tls else {
            return Ok((Stream::Plain(stream), Peer::local(self.watchers)));
        };
        let stream = Box::new(acceptor.accept(stream).await?);
        let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let peer = match leaf {
            Some(leaf) => Peer::of_certificate(leaf, &self.roles, self.watchers),
            None => Peer::unknown(self.watchers),
        };
        Ok((Stream::Tls(stream), peer))
    }
}
