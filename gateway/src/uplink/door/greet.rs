//! Makes a channel of a connection that a gateway dialled.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

use super::Line;
use crate::server::uri_san;
use crate::uplink::PROTOCOL;

/// The gateway pings too; whichever end notices first hangs up.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The name in each call's `:authority`, which the gateway does not look at.
const AUTHORITY: &str = "http://gateway.uplink.invalid";

/// Why a line was refused.
#[derive(Debug, Error)]
pub(super) enum Refused {
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[from] io::Error),
    #[error("it does not speak {} (ALPN)", PROTOCOL)]
    Protocol,
    #[error("the gateway's certificate does not say who it is: it must have exactly one URI")]
    Nameless,
    #[error("HTTP/2 could not begin: {0}")]
    Http(#[from] tonic::transport::Error),
}

/// Shakes hands and begins HTTP/2 as the client.
pub(super) async fn greet(tls: TlsAcceptor, stream: TcpStream, address: SocketAddr) -> Result<Line, Refused> {
    stream.set_nodelay(true)?;
    let stream = tls.accept(stream).await?;
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(PROTOCOL.as_bytes()) {
        return Err(Refused::Protocol);
    }
    let leaf = session.peer_certificates().and_then(<[_]>::first);
    let gateway = leaf.and_then(|leaf| uri_san(leaf)).ok_or(Refused::Nameless)?;
    let over = CancellationToken::new();
    let guarded = Guarded {
        stream: Box::new(stream),
        _over: over.clone().drop_guard(),
    };
    let mut once = Some(guarded);
    // A channel that lost its connection asks for another; there is none until the gateway dials again.
    let connector = service_fn(move |_: Uri| {
        let taken = once.take();
        async move {
            taken
                .map(TokioIo::new)
                .ok_or_else(|| io::Error::other("the line is over; the gateway dials again"))
        }
    });
    let channel = Endpoint::from_static(AUTHORITY)
        .http2_keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(true)
        .connect_with_connector(connector)
        .await?;
    Ok(Line {
        gateway,
        address,
        channel,
        over,
    })
}

/// A connection that tells when it is dropped.
struct Guarded {
    stream: Box<TlsStream<TcpStream>>,
    _over: DropGuard,
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
