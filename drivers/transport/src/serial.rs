//! Serial ports: built in, over USB, or a pseudo terminal.

mod list;

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use madoguchi_driver_api::{Call, Error};
use serialport::{ClearBuffer, SerialPort};

pub use list::{Found, Usb, list};

/// So many bytes at most lie in the operating system's hands and are not on the line yet: more are written when these
/// have left, so that a device that takes none cannot hold the writer.
const MAX_ON_THE_WAY: u32 = 512;

/// An open serial port, as a stream of bytes: 8 data bits, no parity, one stop bit, no flow control. Nobody else can
/// open it meanwhile. Dropping it closes it.
pub struct Line(Box<dyn SerialPort>);

impl Line {
    /// Opens the port with this path or name.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where there is none, [`Error::ReaderBusy`] where another program has it open, or why
    /// it may not be opened.
    pub fn open(path: &str, baud_rate: u32, call: &Call) -> Result<Self, Error> {
        call.check()?;
        let port = serialport::new(path, baud_rate).timeout(Call::PATIENCE / 5);
        match port.open() {
            Ok(port) => Ok(Self(port)),
            Err(error) => Err(meaning_of_open(&error)),
        }
    }

    /// Waits for bytes and takes what is there: one at least, as many as there is room for.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where the port is gone or the other end hung up, [`Error::Timeout`],
    /// [`Error::Cancelled`].
    pub fn read(&mut self, room: &mut [u8], call: &Call) -> Result<usize, Error> {
        loop {
            call.check()?;
            self.wait_at_most(call.slice())?;
            match self.0.read(room) {
                // A port that was pulled is always readable and has nothing.
                Ok(0) => return Err(Error::ReaderRemoved),
                Ok(count) => return Ok(count),
                Err(error) if is_late(error.kind()) => {}
                Err(_) => return Err(Error::ReaderRemoved),
            }
        }
    }

    /// Sends all bytes. After an error nobody knows how many were sent.
    ///
    /// # Errors
    /// As [`Line::read`].
    pub fn write(&mut self, mut bytes: &[u8], call: &Call) -> Result<(), Error> {
        while !bytes.is_empty() {
            call.check()?;
            let on_the_way = self.0.bytes_to_write().map_err(|_| Error::ReaderRemoved)?;
            let room = MAX_ON_THE_WAY.saturating_sub(on_the_way) as usize;
            if room == 0 {
                std::thread::sleep(call.slice());
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.wait_at_most(call.slice())?;
            match self.0.write(now) {
                Ok(0) => return Err(Error::ReaderRemoved),
                Ok(count) if count < now.len() => bytes = bytes.get(count..).unwrap_or_default(),
                Ok(_) => bytes = later,
                Err(error) if is_late(error.kind()) => {}
                Err(_) => return Err(Error::ReaderRemoved),
            }
        }
        Ok(())
    }

    /// Goes on at another speed. What was written before leaves at the old one.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`].
    pub fn change_speed(&mut self, baud_rate: u32) -> Result<(), Error> {
        self.0.flush().map_err(|_| Error::ReaderRemoved)?;
        self.0.set_baud_rate(baud_rate).map_err(|_| Error::ReaderRemoved)
    }

    /// Throws away what arrived and was not read.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`].
    pub fn discard_input(&mut self) -> Result<(), Error> {
        self.0.clear(ClearBuffer::Input).map_err(|_| Error::ReaderRemoved)
    }

    fn wait_at_most(&mut self, timeout: Duration) -> Result<(), Error> {
        self.0.set_timeout(timeout).map_err(|_| Error::ReaderRemoved)
    }
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn meaning_of_open(error: &serialport::Error) -> Error {
    use serialport::ErrorKind as Serial;
    match error.kind() {
        Serial::Io(ErrorKind::NotFound) => Error::ReaderRemoved,
        Serial::Io(ErrorKind::ResourceBusy) => Error::ReaderBusy,
        // What the operating system says of a port that another program holds goes under this name, and so does what
        // it says of one that is just leaving.
        Serial::NoDevice => Error::ReaderBusy,
        _ => Error::ReaderUnavailable {
            detail: format!("serial port: {error}"),
        },
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("serial::Line")
    }
}

#[cfg(test)]
mod tests;
