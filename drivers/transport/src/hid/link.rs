//! HID devices behind a folder of links.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use madoguchi_driver_api::{Call, Error};
use serde::Deserialize;
use zeroize::Zeroize;

use super::{Found, Place};
use crate::stream::Stream;

/// A longer report is none. It bounds what a broken peer can have us keep.
const MAX_REPORT: usize = 4096;

/// So much of it is kept at most: less than a report, and what one read adds. Room for it is made once, because a
/// buffer that grows leaves copies behind.
const MAX_ARRIVED: usize = 2 + 2 * MAX_REPORT;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    address: SocketAddr,
    vendor_id: u16,
    product_id: u16,
    serial: Option<String>,
    #[serde(default)]
    product: String,
}

/// The links with these numbers. A file that is not whole yet, or gone already, is no link.
pub(super) fn list(folder: &Path, wanted: &[(u16, u16)]) -> Result<Vec<Found>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(_) => return Err(Error::ServiceUnavailable),
    };
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|path| {
            let link: Link = toml::from_str(&std::fs::read_to_string(&path).ok()?).ok()?;
            wanted
                .contains(&(link.vendor_id, link.product_id))
                .then(|| Found {
                    port: path.to_string_lossy().into_owned(),
                    vendor_id: link.vendor_id,
                    product_id: link.product_id,
                    serial: link.serial.filter(|serial| !serial.is_empty()),
                    product: link.product,
                    place: Place::Link(link.address),
                })
        })
        .collect())
}

/// A connection to a device behind a link.
pub(super) struct Connection {
    stream: Stream,
    /// What arrived of reports that are not whole yet, or not asked for yet.
    arrived: Vec<u8>,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, call: &Call) -> Result<Self, Error> {
        Ok(Self {
            stream: Stream::connect(address, Error::ReaderRemoved, call)?,
            arrived: Vec::with_capacity(MAX_ARRIVED),
        })
    }

    pub(super) fn write(&mut self, framed: &[u8], call: &Call) -> Result<(), Error> {
        self.stream.write(framed, call)
    }

    pub(super) fn read(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        loop {
            if let [high, low, rest @ ..] = self.arrived.as_slice() {
                let len = usize::from(u16::from_be_bytes([*high, *low]));
                if len > MAX_REPORT {
                    // There is no finding the next one after it.
                    return Err(Error::ReaderRemoved);
                }
                if let Some(whole) = rest.get(..len) {
                    report.extend_from_slice(whole);
                    self.forget(2 + len);
                    return Ok(());
                }
            }
            let mut room = [0; MAX_REPORT];
            let count = self.stream.read(&mut room, call)?;
            self.arrived
                .extend_from_slice(room.get(..count).unwrap_or_default());
            room.zeroize();
        }
    }

    /// Drops the first bytes and leaves no copy of them.
    fn forget(&mut self, count: usize) {
        let keep = self.arrived.len() - count;
        self.arrived.copy_within(count.., 0);
        if let Some(tail) = self.arrived.get_mut(keep..) {
            tail.zeroize();
        }
        self.arrived.truncate(keep);
    }
}
