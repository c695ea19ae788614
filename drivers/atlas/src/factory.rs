//! Which devices the service has, and how one is opened.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_driver_api::{Call, DriverInfo, Error, Host, Reader};
use madoguchi_driver_kit::{Candidate, Factory, News, Shared};

use crate::ID;
use crate::device::AtlasDevice;
use crate::reader::AtlasReader;
use crate::service::Service;
use crate::settings::Settings;

/// How long a look may take where the service has to be connected first; more than its greeting.
const LOOK: Duration = Duration::from_millis(500);

/// The way to the devices behind the service.
pub struct AtlasFactory {
    service: Arc<Service>,
}

impl AtlasFactory {
    /// Reads the settings; connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::ReaderUnavailable`] names what is wrong in them.
    pub fn new(host: &Host) -> Result<Self, Error> {
        let settings = Settings::read(host)?;
        Ok(Self {
            service: Arc::new(Service::new(settings, host.clone())),
        })
    }
}

impl Factory for AtlasFactory {
    type Device = AtlasDevice;
    /// One plugging-in.
    type Place = u32;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: ID.to_owned(),
            maker: "Atlas".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<u32>>, Error> {
        // A service that refuses is, for whoever looks for readers, not there.
        let session = self
            .service
            .session(&Call::within(LOOK))
            .map_err(|_| Error::ServiceUnavailable)?;
        let instance = &session.hello().instance;
        let candidates = session.units().into_iter().map(|unit| Candidate {
            key: format!("{instance}/{}@{}", unit.handle, unit.port),
            selector: unit.selector().to_owned(),
            display_name: unit.name,
            place: unit.handle,
        });
        Ok(candidates.collect())
    }

    fn connect(&self, candidate: &Candidate<u32>, news: News, call: &Call) -> Result<AtlasDevice, Error> {
        AtlasDevice::connect(Arc::clone(&self.service), candidate.place, news, call)
    }

    fn reader(&self, device: Shared<AtlasDevice>) -> Box<dyn Reader> {
        Box::new(AtlasReader::new(device))
    }
}

impl std::fmt::Debug for AtlasFactory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AtlasFactory")
    }
}
