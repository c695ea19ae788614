//! TCP underneath: one listens, the latest who connects has the device.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::TrySendError;
use std::thread::JoinHandle;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Inbox, Line, LinkError, Plugged, io};
use crate::device::twin::Input;

/// Who does not take a frame for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);
/// For waking one's own thread up.
const WAKE_TIMEOUT: Duration = Duration::from_millis(500);
const CHUNK_LEN: usize = 4_096;

/// How bytes are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Two bytes of length before each report.
    Reports,
    /// Not at all.
    Stream,
}

pub(super) struct Listener {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    thread: JoinHandle<Vec<JoinHandle<()>>>,
}

impl Listener {
    pub(super) fn start(address: SocketAddr, framing: Framing, inbox: Inbox) -> Result<Self, LinkError> {
        if !address.ip().is_loopback() {
            return Err(LinkError::NotLoopback(address));
        }
        let listener = TcpListener::bind(address).map_err(io("the port"))?;
        let address = listener.local_addr().map_err(io("the port"))?;
        let ends = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ends);
        let thread = std::thread::Builder::new()
            .name("twin-link".to_owned())
            .spawn(move || accept(&listener, framing, &inbox, &seen))
            .map_err(io("the thread of a link"))?;
        Ok(Self {
            address,
            ends,
            thread,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nobody listens any more when this returns.
    pub(super) fn end(self) -> Vec<JoinHandle<()>> {
        self.ends.store(true, Ordering::Release);
        match TcpStream::connect_timeout(&self.address, WAKE_TIMEOUT) {
            Ok(_woken) => self.thread.join().unwrap_or_default(),
            Err(error) => {
                tracing::error!(%error, "a link's thread is left behind");
                Vec::new()
            }
        }
    }
}

impl Plugged for Listener {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn unplug(self: Box<Self>) -> Vec<JoinHandle<()>> {
        self.end()
    }
}

/// Never waits but for somebody to connect: whoever ends it joins it.
fn accept(listener: &TcpListener, framing: Framing, inbox: &Inbox, ends: &AtomicBool) -> Vec<JoinHandle<()>> {
    let mut readers: Vec<JoinHandle<()>> = Vec::new();
    for connection in 0.. {
        let accepted = listener.accept();
        if ends.load(Ordering::Acquire) {
            break;
        }
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was lost before it was taken");
                // Too many open files, most likely: they do not become fewer by trying at once.
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
        };
        readers.retain(|reader| !reader.is_finished());
        match take(stream, connection, framing, inbox) {
            Ok(reader) => readers.push(reader),
            Err(error) => tracing::warn!(%error, "a connection cannot be used"),
        }
    }
    readers
}

fn take(
    stream: TcpStream,
    connection: u64,
    framing: Framing,
    inbox: &Inbox,
) -> std::io::Result<JoinHandle<()>> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let line = Socket {
        stream: stream.try_clone()?,
        framing,
    };
    let connected = Input::Connected {
        plug: inbox.plug,
        connection,
        line: Box::new(line),
    };
    inbox.inputs.try_send(connected).map_err(|error| match error {
        TrySendError::Full(_) => ErrorKind::WouldBlock,
        TrySendError::Disconnected(_) => ErrorKind::BrokenPipe,
    })?;
    let inbox = inbox.clone();
    std::thread::Builder::new()
        .name("twin-line".to_owned())
        .spawn(move || read(stream, connection, framing, &inbox))
}

/// Reads until the connection ends or nobody takes the bytes any more.
fn read(mut stream: TcpStream, connection: u64, framing: Framing, inbox: &Inbox) {
    let plug = inbox.plug;
    while let Ok(bytes) = next(&mut stream, framing) {
        let chunk = Input::Chunk {
            plug,
            connection,
            bytes,
        };
        if inbox.inputs.send(chunk).is_err() {
            return;
        }
    }
    let _ended = inbox.inputs.send(Input::Disconnected { plug, connection });
}

fn next(stream: &mut TcpStream, framing: Framing) -> std::io::Result<Zeroizing<Vec<u8>>> {
    match framing {
        Framing::Reports => {
            let mut len = [0; 2];
            stream.read_exact(&mut len)?;
            let mut report = Zeroizing::new(vec![0; usize::from(u16::from_be_bytes(len))]);
            stream.read_exact(&mut report)?;
            Ok(report)
        }
        Framing::Stream => {
            let mut chunk = Zeroizing::new(vec![0; CHUNK_LEN]);
            let len = loop {
                match stream.read(&mut chunk) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read?,
                }
            };
            if len == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            chunk.truncate(len);
            Ok(chunk)
        }
    }
}

struct Socket {
    stream: TcpStream,
    framing: Framing,
}

impl Line for Socket {
    fn send(&mut self, frame: &[u8]) -> std::io::Result<()> {
        match self.framing {
            Framing::Stream => self.stream.write_all(frame),
            Framing::Reports => {
                let len = u16::try_from(frame.len()).map_err(|_| ErrorKind::InvalidInput)?;
                // In one write: two would wait for each other.
                let report = Zeroizing::new([&len.to_be_bytes()[..], frame].concat());
                self.stream.write_all(&report)
            }
        }
    }

    fn close(&mut self) {
        // It may have ended by itself.
        let _ended = self.stream.shutdown(Shutdown::Both);
    }
}
