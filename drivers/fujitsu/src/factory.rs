//! Finds devices and makes readers of them.

use std::path::PathBuf;
use std::sync::Arc;

use madoguchi_driver_api::{Call, DriverInfo, Error, Host, Reader};
use madoguchi_driver_kit::{Candidate, Factory, KitDriver, News, Shared, settings};
use madoguchi_transport::hid::{Bus, Found};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::codec::report;
use crate::device::{Caora, DISPLAY_NAME};
use crate::reader::CaoraReader;

/// The driver's id, as in the plugin's manifest.
const ID: &str = "fujitsu";

/// Vendor and product numbers; assumed.
const USB_IDS: [(u16, u16); 1] = [(0x04C5, 0x2CA0)];

/// The driver's section of the configuration.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// A folder of links, which stand for devices elsewhere.
    links: Option<PathBuf>,
    /// The devices' administrator code; without it there is no diagnosis.
    admin_code: Option<AdminCode>,
    /// Vendor and product numbers, where a device has others.
    usb_ids: Vec<(u16, u16)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            links: None,
            admin_code: None,
            usb_ids: USB_IDS.to_vec(),
        }
    }
}

/// What makes a user an administrator. Overwritten when it is dropped, and never shown.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) struct AdminCode(Zeroizing<Vec<u8>>);

impl AdminCode {
    /// The code, for the one hop to the device.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<String> for AdminCode {
    fn from(code: String) -> Self {
        Self(Zeroizing::new(code.into_bytes()))
    }
}

/// The way to the maker's devices.
pub struct CaoraFactory {
    bus: Bus,
    usb_ids: Vec<(u16, u16)>,
    admin_code: Option<Arc<AdminCode>>,
}

/// Makes the driver, set up by its section of the configuration.
///
/// # Errors
/// [`Error::ReaderUnavailable`] names what is wrong in that section.
pub fn driver(host: Host) -> Result<KitDriver<CaoraFactory>, Error> {
    let settings: Settings = settings::read(ID, &host)?;
    let factory = CaoraFactory {
        bus: Bus::new(settings.links),
        usb_ids: settings.usb_ids,
        admin_code: settings.admin_code.map(Arc::new),
    };
    Ok(KitDriver::new(factory, host))
}

impl Factory for CaoraFactory {
    type Device = Caora;
    type Place = Found;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: ID.to_owned(),
            maker: "Fujitsu".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<Found>>, Error> {
        let found = self.bus.list(&self.usb_ids)?;
        Ok(found
            .into_iter()
            .map(|found| Candidate {
                key: found.port.clone(),
                selector: found.serial.clone().unwrap_or_else(|| found.port.clone()),
                display_name: DISPLAY_NAME.to_owned(),
                place: found,
            })
            .collect())
    }

    fn connect(&self, candidate: &Candidate<Found>, news: News, call: &Call) -> Result<Caora, Error> {
        // What was pulled and plugged in again between two looks has the same port and another place behind it.
        let now = self.bus.list(&self.usb_ids)?;
        let place = now.iter().find(|found| found.port == candidate.key);
        let line = self
            .bus
            .open(place.ok_or(Error::ReaderRemoved)?, report::LEN, call)?;
        Caora::connect(Box::new(line), news, self.admin_code.clone(), call)
    }

    fn reader(&self, device: Shared<Caora>) -> Box<dyn Reader> {
        Box::new(CaoraReader::new(device))
    }
}
