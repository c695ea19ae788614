//! Finds the devices: by their USB ids, or by links to twins.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use madoguchi_driver_api::{Call, Driver, DriverInfo, Error, Event, Host, Reader, ReaderInfo};
use madoguchi_driver_kit::{Candidate, Factory, KitDriver, News, Shared, settings};
use madoguchi_transport::hid::{Bus, Found};
use serde::Deserialize;

use crate::device::{DISPLAY_NAME, FaceReader};
use crate::reader::PanasonicReader;
use crate::transport::codec::REPORT_LEN;

/// The vendor and product ids, assumed.
const IDS: [(u16, u16); 1] = [(0x04DA, 0x3F10)];

/// The driver's section of the configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// A folder of links to devices that are plugged in elsewhere, such as twins.
    links: Option<PathBuf>,
    /// The chip slot, where what the device tells does not fit and there is one device: a part of its PC/SC name, or what
    /// the `pcsc` driver lists it under.
    slot: Option<String>,
    /// The same by serial number, for several devices.
    slots: BTreeMap<String, String>,
}

impl Settings {
    fn slot(&self, serial: &str) -> Option<&str> {
        self.slots.get(serial).or(self.slot.as_ref()).map(String::as_str)
    }
}

/// The driver for Panasonic Connect's face reader.
pub struct PanasonicDriver(KitDriver<PanasonicFactory>);

impl PanasonicDriver {
    /// The driver's id, as in the plugin's manifest.
    pub const ID: &'static str = "panasonic";

    /// Makes the driver.
    ///
    /// # Errors
    /// [`Error::ReaderUnavailable`] where its section of the configuration is wrong.
    pub fn start(host: Host) -> Result<Self, Error> {
        let settings: Settings = settings::read(Self::ID, &host)?;
        let factory = PanasonicFactory {
            bus: Bus::new(settings.links.clone()),
            settings,
        };
        Ok(Self(KitDriver::new(factory, host)))
    }
}

impl Driver for PanasonicDriver {
    fn info(&self) -> DriverInfo {
        self.0.info()
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        self.0.readers()
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        self.0.next_event(timeout)
    }

    fn interrupt(&self) {
        self.0.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        self.0.open(selector, call)
    }
}

/// What the kit makes a driver of.
struct PanasonicFactory {
    bus: Bus,
    settings: Settings,
}

impl Factory for PanasonicFactory {
    type Device = FaceReader;
    type Place = Found;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: PanasonicDriver::ID.to_owned(),
            maker: "Panasonic Connect".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<Found>>, Error> {
        let found = self.bus.list(&IDS)?;
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

    fn connect(&self, candidate: &Candidate<Found>, news: News, call: &Call) -> Result<FaceReader, Error> {
        let found = &candidate.place;
        let line = self.bus.open(found, REPORT_LEN, call)?;
        FaceReader::open(
            line,
            &candidate.selector,
            |serial| self.settings.slot(serial),
            first_transaction(),
            news,
            call,
        )
    }

    fn reader(&self, device: Shared<FaceReader>) -> Box<dyn Reader> {
        Box::new(PanasonicReader::new(device))
    }
}

/// Another one at each start: the device must not take our first command for one of whoever spoke to it before.
fn first_transaction() -> u16 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    // The microseconds: what is above them hardly changes.
    now.map_or(0, |now| (now.subsec_micros() & 0xFFFF) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_configured_for_all_or_for_one() {
        let settings: Settings =
            serde_json::from_str(r#"{"slot": "Virtual", "slots": {"P-2": "Other"}}"#).unwrap();
        assert_eq!(settings.slot("P-1"), Some("Virtual"));
        assert_eq!(settings.slot("P-2"), Some("Other"));
        assert_eq!(Settings::default().slot("P-1"), None);
    }

    #[test]
    fn a_section_with_a_mistake_keeps_the_driver_from_starting() {
        let host = Host::new(|_, _| {}).with_settings(r#"{"slott": "Virtual"}"#);
        assert!(matches!(
            PanasonicDriver::start(host).err(),
            Some(Error::ReaderUnavailable { detail }) if detail.contains("slott")
        ));
    }
}
