//! A TCP connection that is waited for in slices.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use madoguchi_driver_api::{Call, Error};

/// One try to connect. Shorter than a call's patience, longer than any way within a house.
const ATTEMPT: Duration = Duration::from_millis(40);

/// The shortest wait that a socket can be told.
const MIN_WAIT: Duration = Duration::from_millis(1);

/// A connection. `lost` is what its loss means.
pub(crate) struct Stream {
    socket: TcpStream,
    lost: Error,
    /// What the socket was told last.
    read_wait: Duration,
}

impl Stream {
    /// Connects. A service that refuses is lost at once; one that does not answer is waited for.
    pub(crate) fn connect(address: SocketAddr, lost: Error, call: &Call) -> Result<Self, Error> {
        let socket = loop {
            call.check()?;
            match TcpStream::connect_timeout(&address, call.remaining().clamp(MIN_WAIT, ATTEMPT)) {
                Ok(socket) => break socket,
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(_) => return Err(lost),
            }
        };
        let told = socket
            .set_nodelay(true)
            .and_then(|()| socket.set_read_timeout(Some(MIN_WAIT)))
            .and_then(|()| socket.set_write_timeout(Some(Call::PATIENCE / 5)));
        match told {
            Ok(()) => Ok(Self {
                socket,
                lost,
                read_wait: MIN_WAIT,
            }),
            Err(_) => Err(lost),
        }
    }

    /// Waits for bytes and takes what is there: one at least.
    pub(crate) fn read(&mut self, room: &mut [u8], call: &Call) -> Result<usize, Error> {
        loop {
            call.check()?;
            let wait = call.slice().max(MIN_WAIT);
            if wait != self.read_wait {
                self.socket
                    .set_read_timeout(Some(wait))
                    .map_err(|_| self.lost.clone())?;
                self.read_wait = wait;
            }
            match self.socket.read(room) {
                Ok(0) => return Err(self.lost.clone()),
                Ok(count) => return Ok(count),
                Err(error) if is_late(error.kind()) => {}
                Err(_) => return Err(self.lost.clone()),
            }
        }
    }

    /// Sends all bytes. After an error nobody knows how many were sent.
    pub(crate) fn write(&mut self, mut bytes: &[u8], call: &Call) -> Result<(), Error> {
        while !bytes.is_empty() {
            call.check()?;
            match self.socket.write(bytes) {
                Ok(0) => return Err(self.lost.clone()),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if is_late(error.kind()) => {}
                Err(_) => return Err(self.lost.clone()),
            }
        }
        Ok(())
    }
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
