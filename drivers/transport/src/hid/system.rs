//! HID devices of this computer, by hidapi.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::path::PathBuf;
#[expect(clippy::disallowed_types, reason = "whoever looks for devices has it in turn")]
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use hidapi::{HidApi, HidDevice, HidError};
use madoguchi_driver_api::{Call, Error};

use super::{Found, Place};

/// So long after a change the list is read anew each time: what the operating system says of a new device is not there
/// all at once.
const SETTLED: Duration = Duration::from_secs(1);

/// What was found, kept as long as nothing is plugged in or pulled: hidapi reads every attribute of every HID device and
/// of whatever it hangs on, which is too much to do ten times a second for devices that are not even ours.
#[derive(Debug, Default)]
#[expect(clippy::disallowed_types, reason = "whoever looks for devices has it in turn")]
pub(super) struct Known(Mutex<Option<Look>>);

#[derive(Debug)]
struct Look {
    plugged: Plugged,
    since: Instant,
    /// Whether the list was read when everything had settled.
    settled: bool,
    found: Vec<Found>,
}

impl Known {
    /// The devices with one of these numbers. One with several uses is listed once.
    pub(super) fn list(&self, wanted: &[(u16, u16)]) -> Result<Vec<Found>, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.take();
        let look = known.insert(Look::after(before)?);
        let ours = |found: &&Found| wanted.contains(&(found.vendor_id, found.product_id));
        Ok(look.found.iter().filter(ours).cloned().collect())
    }
}

impl Look {
    fn after(before: Option<Self>) -> Result<Self, Error> {
        // First the glance, then the list: what comes in between is seen the next time.
        let plugged = Plugged::now();
        let since = match before {
            Some(before) if plugged.is_as(&before.plugged) && before.settled => return Ok(before),
            Some(before) if plugged.is_as(&before.plugged) => before.since,
            _ => Instant::now(),
        };
        Ok(Self {
            settled: since.elapsed() >= SETTLED,
            plugged,
            since,
            found: list()?,
        })
    }
}

/// The HID devices that the operating system has now, at a glance: their names and places, which hold a number that
/// rises with each plugging-in. None where there is no such glance.
#[derive(Debug)]
struct Plugged(Option<BTreeSet<(PathBuf, PathBuf)>>);

impl Plugged {
    fn now() -> Self {
        if !cfg!(target_os = "linux") {
            return Self(None);
        }
        let entries = std::fs::read_dir("/sys/class/hidraw").ok();
        Self(entries.map(|entries| {
            let paths = entries.flatten().map(|entry| entry.path());
            // A link that leads nowhere any more is a device that is just leaving.
            let place = |path: PathBuf| Some((std::fs::canonicalize(&path).ok()?, path));
            paths.filter_map(place).collect()
        }))
    }

    fn is_as(&self, other: &Self) -> bool {
        self.0.is_some() && self.0 == other.0
    }
}

fn list() -> Result<Vec<Found>, Error> {
    // A new one lists what is there now.
    let api = HidApi::new().map_err(|_| Error::ServiceUnavailable)?;
    let mut found: Vec<Found> = Vec::new();
    for device in api.device_list() {
        let port = device.path().to_string_lossy().into_owned();
        if found.iter().any(|other| other.port == port) {
            continue;
        }
        let serial = device.serial_number().filter(|serial| !serial.is_empty());
        found.push(Found {
            port,
            vendor_id: device.vendor_id(),
            product_id: device.product_id(),
            serial: serial.map(str::to_owned),
            product: device.product_string().unwrap_or_default().to_owned(),
            place: Place::System {
                path: CString::from(device.path()),
                plugged: plugging_in(device.path()),
            },
        });
    }
    Ok(found)
}

/// What tells this plugging-in of the device from the next one that has the same path; none where nothing does.
fn plugging_in(path: &CStr) -> Option<PathBuf> {
    let name = path.to_str().ok()?.strip_prefix("/dev/")?;
    std::fs::canonicalize(PathBuf::from("/sys/class/hidraw").join(name)).ok()
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
