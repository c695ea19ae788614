//! Which devices are plugged in, and who they are.

use std::path::PathBuf;

use madoguchi_driver_api::{Call, DriverInfo, Error, Host, Reader};
use madoguchi_driver_kit::{Candidate, Factory, KitDriver, News, Shared, settings};
use madoguchi_transport::hid::{Bus, Found};
use serde::Deserialize;

use crate::codec::LEN;
use crate::device::{DISPLAY_NAME, HiCara};
use crate::reader::HiCaraReader;

/// The driver's id, as in the plugin's manifest.
const ID: &str = "canon";

/// Vendor and product numbers; assumed.
const USB_IDS: [(u16, u16); 1] = [(0x04A9, 0x7C2A)];

/// The driver's section of the configuration.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// A folder of links, which stand for devices elsewhere.
    links: Option<PathBuf>,
    /// Vendor and product numbers, where a device has others.
    usb_ids: Vec<(u16, u16)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            links: None,
            usb_ids: USB_IDS.to_vec(),
        }
    }
}

/// The way to the maker's devices.
pub struct HiCaraFactory {
    bus: Bus,
    usb_ids: Vec<(u16, u16)>,
}

/// Makes the driver, set up by its section of the configuration.
///
/// # Errors
/// [`Error::ReaderUnavailable`] names what is wrong in that section.
pub fn driver(host: Host) -> Result<KitDriver<HiCaraFactory>, Error> {
    let Settings { links, usb_ids } = settings::read(ID, &host)?;
    let factory = HiCaraFactory {
        bus: Bus::new(links),
        usb_ids,
    };
    Ok(KitDriver::new(factory, host))
}

impl Factory for HiCaraFactory {
    type Device = HiCara;
    type Place = ();

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: ID.to_owned(),
            maker: "Canon MJ".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<()>>, Error> {
        let found = self.bus.list(&self.usb_ids)?;
        let candidate = |found: Found| Candidate {
            key: found.port.clone(),
            selector: found.serial.clone().unwrap_or_else(|| found.port.clone()),
            display_name: DISPLAY_NAME.to_owned(),
            place: (),
        };
        Ok(found.into_iter().map(candidate).collect())
    }

    fn connect(&self, candidate: &Candidate<()>, news: News, call: &Call) -> Result<HiCara, Error> {
        // A device that was unplugged and plugged in again between two looks is at the same port, and may be behind
        // another address.
        let found = self.bus.list(&self.usb_ids)?;
        let found = found.iter().find(|found| found.port == candidate.key);
        let line = self.bus.open(found.ok_or(Error::ReaderRemoved)?, LEN, call)?;
        Ok(HiCara::connect(Box::new(line), &candidate.selector, news, call)?)
    }

    fn reader(&self, device: Shared<HiCara>) -> Box<dyn Reader> {
        Box::new(HiCaraReader::new(device))
    }
}
