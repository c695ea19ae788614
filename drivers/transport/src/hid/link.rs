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

/// What arrived of reports that are not whole yet, or not asked for yet.
struct Arrived(Vec<u8>);

impl Default for Arrived {
    fn default() -> Self {
        Self(Vec::with_capacity(MAX_ARRIVED))
    }
}

impl Arrived {
    fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Moves the first report out, where it is whole. After one that is longer than any there is no finding the next:
    /// the line is of no use any more.
    fn take(&mut self, report: &mut Vec<u8>) -> Result<bool, Error> {
        let [high, low, rest @ ..] = self.0.as_slice() else {
            return Ok(false);
        };
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        if len > MAX_REPORT {
            return Err(Error::ReaderRemoved);
        }
        let Some(whole) = rest.get(..len) else {
            return Ok(false);
        };
        report.extend_from_slice(whole);
        self.forget(2 + len);
        Ok(true)
    }

    /// Drops the first bytes and leaves no copy of them.
    fn forget(&mut self, count: usize) {
        let keep = self.0.len() - count;
        self.0.copy_within(count.., 0);
        if let Some(tail) = self.0.get_mut(keep..) {
            tail.zeroize();
        }
        self.0.truncate(keep);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The reports in a stream that arrives in pieces of these lengths, and what ended it.
    fn reports(stream: &[u8], pieces: &[usize]) -> (Vec<Vec<u8>>, Option<Error>) {
        let (mut arrived, mut reports) = (Arrived::default(), Vec::new());
        let mut rest = stream;
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            arrived.add(now);
            loop {
                let mut report = Vec::new();
                match arrived.take(&mut report) {
                    Ok(true) => reports.push(report),
                    Ok(false) => break,
                    Err(error) => return (reports, Some(error)),
                }
            }
            assert!(arrived.0.len() < 2 + MAX_REPORT, "more is kept than belongs to one report");
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        (reports, None)
    }

    proptest! {
        #[test]
        fn reports_are_the_same_in_whatever_pieces_they_arrive(
            sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
            pieces in prop::collection::vec(1_usize..300, 1..8),
        ) {
            let framed = |report: &Vec<u8>| [&u16::try_from(report.len()).unwrap().to_be_bytes(), &report[..]].concat();
            let stream: Vec<u8> = sent.iter().flat_map(framed).collect();
            prop_assert_eq!(reports(&stream, &pieces), (sent, None));
        }

        #[test]
        fn nonsense_is_survived(
            stream in prop::collection::vec(any::<u8>(), 0..20_000),
            pieces in prop::collection::vec(1_usize..MAX_REPORT, 1..8),
        ) {
            let (reports, _) = reports(&stream, &pieces);
            prop_assert!(reports.iter().all(|report| report.len() <= MAX_REPORT));
        }
    }
}
