//! The socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use madoguchi_driver_api::Error;

/// How long the service has to take a connection, and a message off our hands: both are a matter of the machine itself.
const LOCAL: Duration = Duration::from_millis(50);

/// A line of bytes.
pub(crate) trait Wire: Send {
    /// Sends all of it.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where the other side is gone or takes nothing.
    fn send(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// Reads what there is, at most as much as there is room for; none where nothing came in time.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where the other side is gone.
    fn receive(&mut self, room: &mut [u8], timeout: Duration) -> Result<Option<usize>, Error>;

    /// Ends the connection.
    fn close(&mut self);
}

/// A TCP connection within the machine.
pub(crate) struct Tcp {
    stream: TcpStream,
    patience: Option<Duration>,
}

impl Tcp {
    /// Connects.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where nobody listens.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self, Error> {
        let gone = |_| Error::ServiceUnavailable;
        let stream = TcpStream::connect_timeout(&address, LOCAL).map_err(gone)?;
        stream.set_nodelay(true).map_err(gone)?;
        stream.set_write_timeout(Some(LOCAL)).map_err(gone)?;
        Ok(Self {
            stream,
            patience: None,
        })
    }

    /// A timeout of zero asks without waiting.
    fn set_patience(&mut self, timeout: Duration) -> std::io::Result<()> {
        if self.patience == Some(timeout) {
            return Ok(());
        }
        self.stream.set_nonblocking(timeout.is_zero())?;
        if !timeout.is_zero() {
            self.stream.set_read_timeout(Some(timeout))?;
        }
        self.patience = Some(timeout);
        Ok(())
    }
}

impl Wire for Tcp {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.patience == Some(Duration::ZERO) {
            self.set_patience(LOCAL).map_err(|_| Error::ServiceUnavailable)?;
        }
        self.stream
            .write_all(bytes)
            .map_err(|_| Error::ServiceUnavailable)
    }

    fn receive(&mut self, room: &mut [u8], timeout: Duration) -> Result<Option<usize>, Error> {
        let read = self
            .set_patience(timeout)
            .and_then(|()| self.stream.read(room));
        match read {
            Ok(0) => Err(Error::ServiceUnavailable),
            Ok(count) => Ok(Some(count)),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                Ok(None)
            }
            Err(_) => Err(Error::ServiceUnavailable),
        }
    }

    fn close(&mut self) {
        // It fails where the other side closed first.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
