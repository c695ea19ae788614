//! The serial port below the line.

use madoguchi_driver_api::{Call, Error};
use madoguchi_transport::serial::Line;

use super::{Link, Wire};

/// Every opening of the port begins at this speed.
pub(crate) const FIRST_SPEED: u32 = 9_600;

/// Opens a port. Nothing is sent yet.
///
/// # Errors
/// Why it cannot be opened.
pub(crate) fn open(path: &str, call: &Call) -> Result<Link, Error> {
    let mut line = Line::open(path, FIRST_SPEED, call)?;
    line.discard_input()?;
    Ok(Link::new(Box::new(line), FIRST_SPEED))
}

impl Wire for Line {
    fn read(&mut self, room: &mut [u8], call: &Call) -> Result<usize, Error> {
        Self::read(self, room, call)
    }

    fn write(&mut self, bytes: &[u8], call: &Call) -> Result<(), Error> {
        Self::write(self, bytes, call)
    }

    fn change_speed(&mut self, baud_rate: u32) -> Result<(), Error> {
        Self::change_speed(self, baud_rate)
    }
}
