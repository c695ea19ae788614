//! A plugin's driver in the contract's own terms.

use std::time::Duration;

use madoguchi_driver_api::{Call, Driver, DriverInfo, Error, Event, Reader, ReaderInfo};

use super::reader;
use crate::v2::DriverBox;
use crate::{bounds, message};

pub(super) struct Imported {
    driver: DriverBox,
    info: DriverInfo,
}

impl Imported {
    /// Asks for the driver's info once: it does not change.
    pub(super) fn new(driver: DriverBox) -> Result<Self, Error> {
        let info = message::decode("driver info", &driver.info().into_result()?)?;
        Ok(Self { driver, info })
    }
}

impl Driver for Imported {
    fn info(&self) -> DriverInfo {
        self.info.clone()
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        message::readers(&self.driver.readers().into_result()?)
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let event = self.driver.next_event(bounds::micros(timeout)).into_result()?;
        // An event that a later contract added is as good as none.
        event
            .into_option()
            .map_or(Ok(None), |bytes| message::event(&bytes))
    }

    fn interrupt(&self) {
        self.driver.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        let reader = self
            .driver
            .open(selector.into(), bounds::outgoing(call))
            .into_result()?;
        Ok(Box::new(reader::Imported(reader)))
    }
}
