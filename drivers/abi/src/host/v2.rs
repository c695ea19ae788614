//! Version 2: the whole contract.

mod driver;
mod reader;

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RStr, RVec};
use madoguchi_driver_api::{Error, Host};

use super::{LoadError, Loaded};
use crate::v2::{DriverModuleRef, ForeignHost, HostBox, VERSION};

pub(super) fn start(module: DriverModuleRef, host: Host) -> Result<Loaded, LoadError> {
    let driver = module.start()(HostBox::from_value(OfferedHost(host), TD_Opaque))
        .into_result()
        .map_err(Error::from)
        .and_then(driver::Imported::new)
        .map_err(LoadError::Start)?;
    Ok(Loaded {
        driver: Box::new(driver),
        abi_version: VERSION,
    })
}

struct OfferedHost(Host);

impl ForeignHost for OfferedHost {
    fn log(&self, level: u8, line: RStr<'_>) {
        super::log(&self.0, level.into(), line.as_str());
    }

    fn settings(&self) -> RVec<u8> {
        RVec::from(self.0.settings().as_bytes())
    }
}
