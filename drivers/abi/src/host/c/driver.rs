//! A driver in C in the contract's own terms.

#![expect(unsafe_code, reason = "calls functions of a C library")]

use std::ffi::{CString, c_void};
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;
use std::time::Duration;

use madoguchi_driver_api::{Call, Driver, DriverInfo, Error, Event, Host, Reader, ReaderInfo};

use super::pending::Pending;
use super::reader::Imported as ImportedReader;
use super::room::{Room, call};
use super::{Contract, offer};
use crate::c::{DRIVER_ABI, MESSAGE_ROOM};
use crate::host::answer::protocol;
use crate::host::{LoadError, Loaded};
use crate::{bounds, message};

/// Starts the driver of a checked contract.
pub(in crate::host) fn start(contract: Contract, host: Host) -> Result<Loaded, LoadError> {
    let driver = Started::new(contract, host).map_err(LoadError::Start)?;
    let info = driver.info().map_err(LoadError::Start)?;
    Ok(Loaded {
        driver: Box::new(Imported {
            driver: Arc::new(driver),
            info,
        }),
        abi_version: DRIVER_ABI,
    })
}

/// A driver that was started. It is stopped when the last of its readers is closed.
pub(super) struct Started {
    pub(super) contract: Contract,
    driver: NonNull<c_void>,
}

// SAFETY: the header says that any thread may call the driver's functions, and several at the same time.
unsafe impl Send for Started {}
// SAFETY: as above.
unsafe impl Sync for Started {}

impl Started {
    fn new(contract: Contract, host: Host) -> Result<Self, Error> {
        let start = contract.start.ok_or(Error::Unsupported)?;
        let host = offer::host(host);
        let mut driver = null_mut();
        // SAFETY: both pointers are valid, the host's for ever, the other for the call.
        call(|| unsafe { start(host, &raw mut driver) })?;
        let driver = NonNull::new(driver).ok_or_else(|| protocol("start: no driver".to_owned()))?;
        Ok(Self { contract, driver })
    }

    fn info(&self) -> Result<DriverInfo, Error> {
        let info = self.contract.info.ok_or(Error::Unsupported)?;
        let mut room = Room::new(MESSAGE_ROOM);
        // SAFETY: the driver's own pointer and a valid buffer.
        let message = room.fill("driver info", |buffer| unsafe {
            info(self.driver.as_ptr(), buffer)
        })?;
        message::decode("driver info", message)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(stop) = self.contract.stop {
            // SAFETY: no reader and no call is left: each holds an `Arc` of this.
            unsafe { stop(self.driver.as_ptr()) };
        }
    }
}

struct Imported {
    driver: Arc<Started>,
    info: DriverInfo,
}

impl Driver for Imported {
    fn info(&self) -> DriverInfo {
        self.info.clone()
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        let readers = self.driver.contract.readers.ok_or(Error::Unsupported)?;
        let mut room = Room::new(MESSAGE_ROOM);
        // SAFETY: the driver's own pointer and a valid buffer.
        let message = room.fill("readers", |buffer| unsafe {
            readers(self.driver.driver.as_ptr(), buffer)
        })?;
        message::readers(message)
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let next_event = self.driver.contract.next_event.ok_or(Error::Unsupported)?;
        let timeout = bounds::micros(timeout);
        let mut room = Room::new(MESSAGE_ROOM);
        // SAFETY: the driver's own pointer and a valid buffer.
        let message = room.fill("event", |buffer| unsafe {
            next_event(self.driver.driver.as_ptr(), timeout, buffer)
        })?;
        match message {
            [] => Ok(None),
            // An event that a later contract added is as good as none.
            message => message::event(message),
        }
    }

    fn interrupt(&self) {
        if let Some(interrupt) = self.driver.contract.interrupt {
            // SAFETY: the driver's own pointer.
            unsafe { interrupt(self.driver.driver.as_ptr()) };
        }
    }

    fn open(&self, selector: &str, bounds: &Call) -> Result<Box<dyn Reader>, Error> {
        let open = self.driver.contract.open.ok_or(Error::Unsupported)?;
        let selector = CString::new(selector).map_err(|_| Error::ReaderRemoved)?;
        let pending = Pending::new(bounds);
        let mut reader = null_mut();
        // SAFETY: the driver's own pointer, and others that are valid for the call.
        call(|| unsafe {
            open(
                self.driver.driver.as_ptr(),
                selector.as_ptr(),
                pending.as_ptr(),
                &raw mut reader,
            )
        })?;
        let reader = NonNull::new(reader).ok_or_else(|| protocol("open: no reader".to_owned()))?;
        Ok(Box::new(ImportedReader::new(Arc::clone(&self.driver), reader)))
    }
}
