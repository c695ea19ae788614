//! HID devices behind a folder of links.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;

use madoguchi_driver_api::{Call, Error};
use serde::Deserialize;
use zeroize::Zeroize;

use super::arrived::{Arrived, MAX_REPORT};
use super::{Found, Place};
use crate::stream::Stream;

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
    arrived: Arrived,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, call: &Call) -> Result<Self, Error> {
        Ok(Self {
            stream: Stream::connect(address, Error::ReaderRemoved, call)?,
            arrived: Arrived::default(),
        })
    }

    pub(super) fn write(&mut self, framed: &[u8], call: &Call) -> Result<(), Error> {
        self.stream.write(framed, call)
    }

    pub(super) fn read(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        while !self.arrived.take(report)? {
            let mut room = [0; MAX_REPORT];
            let count = self.stream.read(&mut room, call)?;
            self.arrived.add(room.get(..count).unwrap_or_default());
            room.zeroize();
        }
        Ok(())
    }
}
