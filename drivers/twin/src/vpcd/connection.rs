//! Frames over the socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::frames::{Frames, framed};

/// How long a read waits before the worker looks at its requests.
const LOOK_AROUND: Duration = Duration::from_millis(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// A vpcd that does not take an answer for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
const READ_LEN: usize = 4_096;

/// What a receive came to.
pub(super) enum Received {
    Frame(Vec<u8>),
    Nothing,
    Closed,
}

pub(super) struct Connection {
    stream: TcpStream,
    received: Frames,
}

impl Connection {
    pub(super) fn open(addr: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&addr, CONNECT_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK_AROUND))?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        Ok(Self {
            stream,
            received: Frames::default(),
        })
    }

    /// The next whole frame, if one comes soon.
    pub(super) fn receive(&mut self) -> Received {
        if let Some(frame) = self.received.take() {
            return Received::Frame(frame);
        }
        self.acknowledge_at_once();
        let mut chunk = [0; READ_LEN];
        match self.stream.read(&mut chunk) {
            Ok(0) => Received::Closed,
            Ok(len) => {
                self.received.add(&chunk[..len]);
                self.received.take().map_or(Received::Nothing, Received::Frame)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Received::Nothing,
                _ => Received::Closed,
            },
        }
    }

    /// Sends a frame in one write: two would wait for each other.
    pub(super) fn send(&mut self, data: &[u8]) -> std::io::Result<()> {
        let framed = framed(data).ok_or(ErrorKind::InvalidInput)?;
        self.stream.write_all(&framed)
    }

    /// vpcd sends length and body in two writes: with a delayed acknowledgement each APDU takes 40 ms. The kernel
    /// forgets the wish, so it is told before every receive.
    #[cfg(target_os = "linux")]
    fn acknowledge_at_once(&self) {
        if let Err(error) = rustix::net::sockopt::set_tcp_quickack(&self.stream, true) {
            tracing::debug!(%error, "no quick acknowledgement: APDUs take 40 ms");
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn acknowledge_at_once(&self) {}
}
