//! One connection of an uplink, from the moment in which the far side has begun HTTP/2.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::client::TlsStream;
use tonic::transport::server::Connected;

use super::error::Error;
use crate::server::Peer;

/// What an HTTP/2 client says first.
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection whose far side is known and has begun HTTP/2.
pub(super) struct Line {
    pub(super) stream: Box<TlsStream<TcpStream>>,
    /// What was read already and whoever serves has to read again.
    pub(super) unread: &'static [u8],
    pub(super) peer: Peer,
    pub(super) end: End,
    /// Held until the connection is dropped.
    pub(super) _life: OwnedSemaphorePermit,
}

/// How a connection ended, as the one who reads and writes saw it.
#[derive(Debug, Clone, Default)]
pub(super) struct End(Arc<AtomicU8>);

const ENDED: u8 = 1;
const BROKEN: u8 = 2;

impl End {
    fn set(&self, end: u8) {
        // What was seen first is the cause, what follows its consequence.
        let _ = self
            .0
            .compare_exchange(0, end, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Why it ended, once it has. Where neither the far side nor the system said anything, we hung up.
    pub(super) fn error(&self) -> Error {
        match self.0.load(Ordering::Relaxed) {
            ENDED => Error::Ended,
            BROKEN => Error::Broken,
            _ => Error::GivenUp,
        }
    }
}

impl Connected for Line {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl Line {
    fn noted<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if done.is_err() {
            self.end.set(BROKEN);
        }
        done
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let (now, later) = self.unread.split_at(self.unread.len().min(buf.remaining()));
            buf.put_slice(now);
            self.unread = later;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let done = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if done.is_ok() && buf.filled().len() == before && buf.remaining() > 0 {
            self.end.set(ENDED);
        }
        Poll::Ready(self.noted(done))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let done = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        Poll::Ready(self.noted(done))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        Poll::Ready(self.noted(done))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
