//! Finds devices and makes readers of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use madoguchi_driver_api::{Call, DriverInfo, Error, Host, Reader};
use madoguchi_driver_kit::{Candidate, Factory, KitDriver, News, Shared, settings};
use serde::Deserialize;

use crate::device::FaceOne;
use crate::reader::FaceOneReader;

/// The driver's id, as in `plugin.toml`.
pub const ID: &str = "face-one";

/// The maker, as in `plugin.toml`.
pub const MAKER: &str = "Example Readers";

/// What people know the device by.
pub(crate) const DISPLAY_NAME: &str = "Face One";

/// The driver's section of the gateway's configuration: `drivers.settings.face-one`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Where the device listens.
    address: SocketAddr,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 47110).into(),
        }
    }
}

/// The way to the devices.
#[derive(Debug)]
pub struct FaceOneFactory {
    address: SocketAddr,
    losses: Losses,
}

/// How often the device was lost. Each time it is looked for as one that was plugged in anew, which is at once; one that
/// never answered is tried less and less often.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses(Arc<AtomicU32>);

impl Losses {
    /// Counts one more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// One plugging-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    address: SocketAddr,
    losses: u32,
}

/// Makes the driver, set up by its section of the configuration. It connects to nothing yet.
///
/// # Errors
/// [`Error::ReaderUnavailable`] names what is wrong in that section.
pub fn driver(host: Host) -> Result<KitDriver<FaceOneFactory>, Error> {
    let Settings { address } = settings::read(ID, &host)?;
    let factory = FaceOneFactory {
        address,
        losses: Losses::default(),
    };
    Ok(KitDriver::new(factory, host))
}

impl Factory for FaceOneFactory {
    type Device = FaceOne;
    type Place = Place;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: ID.to_owned(),
            maker: MAKER.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// A device in the network is where it is said to be, whether it answers or not. One on USB or on a serial port is
    /// looked for with `madoguchi_transport::hid::Bus` or `madoguchi_transport::serial::list`.
    fn look(&self) -> Result<Vec<Candidate<Place>>, Error> {
        Ok(vec![Candidate {
            key: self.address.to_string(),
            selector: self.address.to_string(),
            display_name: DISPLAY_NAME.to_owned(),
            place: Place {
                address: self.address,
                losses: self.losses.0.load(Ordering::Acquire),
            },
        }])
    }

    fn connect(&self, candidate: &Candidate<Place>, news: News, call: &Call) -> Result<FaceOne, Error> {
        FaceOne::connect(candidate.place.address, self.losses.clone(), news, call)
    }

    fn reader(&self, device: Shared<FaceOne>) -> Box<dyn Reader> {
        Box::new(FaceOneReader::new(device))
    }
}
