//! HID devices of this computer, by hidapi.

use std::ffi::{CStr, CString};

use hidapi::{HidApi, HidDevice, HidError};
use madoguchi_driver_api::{Call, Error};

use super::{Found, Place};

/// The devices with these numbers. One with several uses is listed once.
pub(super) fn list(wanted: &[(u16, u16)]) -> Result<Vec<Found>, Error> {
    // A new one lists what is there now.
    let api = HidApi::new().map_err(|_| Error::ServiceUnavailable)?;
    let mut found: Vec<Found> = Vec::new();
    for device in api.device_list() {
        if !wanted.contains(&(device.vendor_id(), device.product_id())) {
            continue;
        }
        let port = device.path().to_string_lossy().into_owned();
        if found.iter().any(|other| other.port == port) {
            continue;
        }
        found.push(Found {
            port,
            vendor_id: device.vendor_id(),
            product_id: device.product_id(),
            serial: device
                .serial_number()
                .filter(|serial| !serial.is_empty())
                .map(str::to_owned),
            product: device.product_string().unwrap_or_default().to_owned(),
            place: Place::System(CString::from(device.path())),
        });
    }
    Ok(found)
}

pub(super) struct Device(HidDevice);

impl Device {
    pub(super) fn open(path: &CStr) -> Result<Self, Error> {
        let api = HidApi::new().map_err(|_| Error::ServiceUnavailable)?;
        let device = api.open_path(path).map_err(|error| {
            // hidapi says it in words only; on Linux and macOS a port is a path.
            let gone = cfg!(unix)
                && !path
                    .to_str()
                    .is_ok_and(|path| std::path::Path::new(path).exists());
            if gone {
                Error::ReaderRemoved
            } else {
                unavailable(&error)
            }
        })?;
        Ok(Self(device))
    }

    /// One write is one report: it is taken as a whole or not at all.
    pub(super) fn write(&self, report: &[u8]) -> Result<(), Error> {
        match self.0.write(report) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::ReaderRemoved),
        }
    }

    pub(super) fn read(&self, report: &mut Vec<u8>, report_len: usize, call: &Call) -> Result<(), Error> {
        // Room for exactly one report: what is longer would be cut into several.
        report.resize(report_len, 0);
        loop {
            call.check()?;
            let slice = i32::try_from(call.slice().as_millis()).unwrap_or(1).max(1);
            match self.0.read_timeout(report, slice) {
                Ok(0) => {}
                Ok(count) => {
                    report.truncate(count);
                    return Ok(());
                }
                Err(_) => return Err(Error::ReaderRemoved),
            }
        }
    }
}

fn unavailable(error: &HidError) -> Error {
    Error::ReaderUnavailable {
        detail: format!("HID: {error}"),
    }
}
