//! HID devices: reports of a fixed length, without report numbers.
//!
//! A [`Bus`] lists and opens them wherever they are: on this computer by hidapi, or behind a folder of links, each of
//! which stands for a plugged-in device elsewhere. A link is a file `*.toml`:
//!
//! ```toml
//! address = "127.0.0.1:40001"   # where the device listens
//! vendor_id = 0x4D47
//! product_id = 0x0001
//! serial = "00012345"           # may be missing
//! product = "Face reader"       # may be missing
//! ```
//!
//! The file's name is the port, and the file that goes is the plug that is pulled. On the connection each report is
//! preceded by its length in two bytes, the high one first.

#[doc(hidden)]
pub mod arrived;
mod line;
mod link;
mod system;

use std::path::PathBuf;
use std::sync::Arc;

use madoguchi_driver_api::{Call, Error};

pub use line::Line;

/// A HID device that is plugged in now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The port: the device's path, or the link's. Opens it.
    pub port: String,
    /// The vendor's number.
    pub vendor_id: u16,
    /// The product's number.
    pub product_id: u16,
    /// The serial number, where it has one.
    pub serial: Option<String>,
    /// The product's name; empty where it has none.
    pub product: String,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    System {
        path: std::ffi::CString,
        plugged: Option<PathBuf>,
    },
    Link(std::net::SocketAddr),
}

/// Where HID devices are looked for.
#[derive(Debug, Clone, Default)]
pub struct Bus {
    system: Arc<system::Known>,
    links: Option<PathBuf>,
}

impl Bus {
    /// The devices of this computer, and those behind the links of this folder, where one is given.
    #[must_use]
    pub fn new(links: Option<PathBuf>) -> Self {
        Self {
            system: Arc::default(),
            links,
        }
    }

    /// The devices with one of these vendor and product numbers, in the order of their ports. Opens nothing.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where the operating system or the folder cannot be read. A folder that is not
    /// there yet has no links.
    pub fn list(&self, wanted: &[(u16, u16)]) -> Result<Vec<Found>, Error> {
        let mut found = self.system.list(wanted)?;
        if let Some(folder) = &self.links {
            found.extend(link::list(folder, wanted)?);
        }
        found.sort_by(|one, other| one.port.cmp(&other.port));
        found.dedup_by(|one, other| one.port == other.port);
        Ok(found)
    }

    /// Opens a device whose reports have this length in both directions.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where it is gone, [`Error::ReaderUnavailable`] where it may not be opened,
    /// [`Error::Timeout`], [`Error::Cancelled`].
    pub fn open(&self, found: &Found, report_len: usize, call: &Call) -> Result<Line, Error> {
        call.check()?;
        match &found.place {
            Place::System { path, .. } => Ok(Line::of_system(system::Device::open(path)?, report_len)),
            Place::Link(address) => Ok(Line::of_link(link::Connection::open(*address, call)?, report_len)),
        }
    }
}

#[cfg(test)]
mod tests;
