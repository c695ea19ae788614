//! Version 1: plugins that were built before a gateway called anything but cards and phones. For these they go on
//! serving.
//!
//! Their screens, PIN pads, faces and visits speak an older vocabulary that no gateway ever used, so they are not
//! called: each answers [`Error::Unsupported`], and the capabilities say as much.

use std::mem::take;
use std::time::Duration;

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RSlice, RStr, RVec};
use madoguchi_driver_api::{
    Atr, Call, Capability, Driver, DriverInfo, Error, Event, Host, Reader, ReaderInfo,
};

use super::{LoadError, Loaded, answer};
use crate::v1::{DriverBox, DriverModuleRef, ForeignHost, HostBox, ReaderBox, VERSION};
use crate::{bounds, message};

pub(super) fn start(module: DriverModuleRef, host: Host) -> Result<Loaded, LoadError> {
    let driver = module.start()(HostBox::from_value(LogHost(host), TD_Opaque))
        .into_result()
        .map_err(Error::from)
        .and_then(ImportedDriver::new)
        .map_err(LoadError::Start)?;
    Ok(Loaded {
        driver: Box::new(driver),
        abi_version: VERSION,
    })
}

struct LogHost(Host);

impl ForeignHost for LogHost {
    fn log(&self, level: u8, line: RStr<'_>) {
        super::log(&self.0, level.into(), line.as_str());
    }
}

struct ImportedDriver {
    driver: DriverBox,
    info: DriverInfo,
}

impl ImportedDriver {
    fn new(driver: DriverBox) -> Result<Self, Error> {
        let info = message::decode("driver info", &driver.info().into_result()?)?;
        Ok(Self { driver, info })
    }
}

/// The reader as far as it is used.
fn for_cards(mut reader: ReaderInfo) -> ReaderInfo {
    reader
        .capabilities
        .retain(|capability| matches!(capability, Capability::NfcCard | Capability::NfcPhone));
    reader
}

impl Driver for ImportedDriver {
    fn info(&self) -> DriverInfo {
        self.info.clone()
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        let readers = message::readers(&self.driver.readers().into_result()?)?;
        Ok(readers.into_iter().map(for_cards).collect())
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let event = self.driver.next_event(bounds::micros(timeout)).into_result()?;
        let Some(bytes) = event.into_option() else {
            return Ok(None);
        };
        Ok(message::event(&bytes)?.map(|event| match event {
            Event::ReaderChanged(reader) => Event::ReaderChanged(for_cards(reader)),
            other => other,
        }))
    }

    fn interrupt(&self) {
        self.driver.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        let reader = self.driver.open(selector.into(), bounds::outgoing(call));
        Ok(Box::new(ImportedReader(reader.into_result()?)))
    }
}

struct ImportedReader(ReaderBox);

impl Reader for ImportedReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        let atr = self.0.power_on(bounds::outgoing(call)).into_result()?;
        answer::bounded("answer to reset", atr.into_vec()).map(Atr)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        // The plugin writes into the host's own buffer: nothing is allocated here and freed there.
        let mut buffer = RVec::from(take(response));
        buffer.clear();
        let result = self
            .0
            .transmit(RSlice::from_slice(command), &mut buffer, bounds::outgoing(call));
        *response = buffer.into_vec();
        result.into_result()?;
        answer::response(response)
    }

    fn power_off(&mut self) {
        self.0.power_off();
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        let output = self
            .0
            .control(code, RSlice::from_slice(input), bounds::outgoing(call))
            .into_result()?;
        answer::bounded("control", output.into_vec())
    }
}
