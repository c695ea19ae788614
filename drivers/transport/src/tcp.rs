//! TCP: a maker's service on this computer, or a device in its network.

use std::net::SocketAddr;

use madoguchi_driver_api::{Call, Error};

use crate::stream::Stream;

/// A connection to a service, as a stream of bytes. Dropping it closes it.
pub struct Line(Stream);

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where nobody listens, [`Error::Timeout`], [`Error::Cancelled`].
    pub fn connect(address: SocketAddr, call: &Call) -> Result<Self, Error> {
        Stream::connect(address, Error::ServiceUnavailable, call).map(Self)
    }

    /// Waits for bytes and takes what is there: one at least, as many as there is room for.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where the service hung up, [`Error::Timeout`], [`Error::Cancelled`].
    pub fn read(&mut self, room: &mut [u8], call: &Call) -> Result<usize, Error> {
        self.0.read(room, call)
    }

    /// Sends all bytes. After an error nobody knows how many were sent.
    ///
    /// # Errors
    /// As [`Line::read`].
    pub fn write(&mut self, bytes: &[u8], call: &Call) -> Result<(), Error> {
        self.0.write(bytes, call)
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("tcp::Line")
    }
}

#[cfg(test)]
mod tests;
