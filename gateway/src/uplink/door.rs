//! The far side of uplinks: takes the lines that gateways dial, and gives a channel to each gateway.
//!
//! For whoever writes a front door or a remote service in Rust. What a door in another language has to do stands in
//! `UPLINK.md`.

mod greet;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::Channel;

use super::PROTOCOL;
use crate::config::Problem;
use crate::server::tls::{Files, Pem};
use greet::greet;

/// Lines that wait to be taken.
const QUEUE: usize = 16;
/// Handshakes that are under way at once; who comes beyond it waits in the system's own queue.
const MAX_HANDSHAKES: usize = 64;
/// A gateway that does not shake hands within this is hung up on.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after the system could not give a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// What a door shows, and whose gateways it takes.
#[derive(Debug, Clone, Copy)]
pub struct DoorFiles<'a> {
    /// PEM file: its certificate and intermediates. Its one URI is what gateways name as remote.
    pub certificate: &'a Path,
    /// PEM file: its private key.
    pub key: &'a Path,
    /// PEM file: the roots that gateways' certificates come from.
    pub client_ca: &'a Path,
}

/// A door that gateways dial.
#[derive(Debug)]
pub struct Door {
    local_addr: SocketAddr,
    lines: mpsc::Receiver<Line>,
    _accepting: AbortOnDropHandle<()>,
}

/// A line that a gateway dialled. It ends when each clone of its channel has been dropped.
#[derive(Debug, Clone)]
pub struct Line {
    /// Who it is: the one URI of its certificate.
    pub gateway: String,
    /// Where it dialled from; behind NAT that is not the gateway's own address.
    pub address: SocketAddr,
    /// To call it.
    pub channel: Channel,
    over: CancellationToken,
}

impl Line {
    /// Resolves when the line has ended. Calls on it fail from then on; the gateway dials again by itself.
    pub fn over(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.over.clone().cancelled_owned()
    }
}

impl Door {
    /// Opens it.
    ///
    /// # Errors
    /// [`Problem::Tls`], [`Problem::Listen`].
    pub async fn open(listen: SocketAddr, files: DoorFiles<'_>) -> Result<Self, Problem> {
        let pem = |key, path| Pem { key, path };
        let files = Files {
            certificate: pem("certificate", files.certificate),
            key: pem("key", files.key),
            authority: pem("client_ca", files.client_ca),
        };
        let tls = TlsAcceptor::from(Arc::new(files.accepting(PROTOCOL.as_bytes())?));
        let failed = |source| Problem::Listen { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        let (sender, lines) = mpsc::channel(QUEUE);
        let accepting = tokio::spawn(accept(listener, tls, sender));
        Ok(Self {
            local_addr,
            lines,
            _accepting: AbortOnDropHandle::new(accepting),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The next gateway. One that is here already may come again: then its older line is as good as dead.
    pub async fn next(&mut self) -> Option<Line> {
        self.lines.recv().await
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, lines: mpsc::Sender<Line>) {
    let mut handshakes = JoinSet::new();
    loop {
        while handshakes.len() >= MAX_HANDSHAKES {
            handshakes.join_next().await;
        }
        let accepted = tokio::select! {
            Some(_) = handshakes.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a line could not be taken");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (tls, lines) = (tls.clone(), lines.clone());
        handshakes.spawn(async move {
            let greeted = tokio::time::timeout(HANDSHAKE_TIMEOUT, greet(tls, stream, address)).await;
            match greeted {
                // The receiver is gone only with the door.
                Ok(Ok(line)) => drop(lines.send(line).await),
                Ok(Err(error)) => tracing::info!(%address, %error, "a line was refused"),
                Err(_) => tracing::info!(%address, "a line was refused: its handshake took too long"),
            }
        });
    }
}
