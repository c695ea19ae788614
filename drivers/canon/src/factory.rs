//! Which devices are plugged in, and who they are.

use std::path::PathBuf;

use madoguchi_driver_api::{Call, DriverInfo, Error, Host, Reader};
use madoguchi_driver_kit::{Candidate, Factory, News, Shared, settings};
use madoguchi_transport::hid::{Bus, Found};
use serde::Deserialize;

use crate::device::Canon;
use crate::reader::CanonReader;
use crate::transport::LEN;

/// The driver's id, as in the plugin's manifest.
const ID: &str = "canon";

/// Vendor and product (assumed).
const IDS: (u16, u16) = (0x04A9, 0x7C2A);

/// What the configuration may say under `drivers.settings.canon`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// A folder of links to devices elsewhere, beside those of this computer.
    links: Option<PathBuf>,
}

/// The way to Hi-CARA readers.
#[derive(Debug)]
pub(crate) struct CanonFactory {
    bus: Bus,
}

impl CanonFactory {
    /// The factory, as its section of the configuration says.
    ///
    /// # Errors
    /// [`Error::ReaderUnavailable`] where the section is wrong.
    pub(crate) fn new(host: &Host) -> Result<Self, Error> {
        let Settings { links } = settings::read(ID, host)?;
        Ok(Self { bus: Bus::new(links) })
    }
}

impl Factory for CanonFactory {
    type Device = Canon;
    type Place = Found;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: ID.to_owned(),
            maker: "Canon MJ".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<Found>>, Error> {
        let found = self.bus.list(&[IDS])?;
        let candidate = |found: Found| Candidate {
            key: found.port.clone(),
            selector: found.serial.clone().unwrap_or_else(|| found.port.clone()),
            display_name: format!("Canon {}", found.product),
            place: found,
        };
        Ok(found.into_iter().map(candidate).collect())
    }

    fn connect(&self, candidate: &Candidate<Found>, news: News, call: &Call) -> Result<Canon, Error> {
        let line = self.bus.open(&candidate.place, LEN, call)?;
        Ok(Canon::connect(Box::new(line), &candidate.key, news, call)?)
    }

    fn reader(&self, device: Shared<Canon>) -> Box<dyn Reader> {
        Box::new(CanonReader::new(device))
    }
}
