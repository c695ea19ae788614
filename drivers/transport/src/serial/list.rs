//! Which serial ports there are.

use std::collections::BTreeMap;

use madoguchi_driver_api::Error;
use serialport::SerialPortType;

/// A serial port that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path or name, which opens it.
    pub path: String,
    /// What the USB device behind it says, where there is one.
    pub usb: Option<Usb>,
}

/// A USB device behind a serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usb {
    /// The vendor's number.
    pub vendor_id: u16,
    /// The product's number.
    pub product_id: u16,
    /// The serial number, where it has one.
    pub serial: Option<String>,
    /// The product's name, where it has one.
    pub product: Option<String>,
}

/// Where Linux lists them. The crate panics where it is missing, as in a container without sysfs.
#[cfg(target_os = "linux")]
const SYSFS: &str = "/sys/class/tty";

fn known_ports() -> serialport::Result<Vec<serialport::SerialPortInfo>> {
    #[cfg(target_os = "linux")]
    if !std::path::Path::new(SYSFS).exists() {
        return Err(std::io::Error::from(std::io::ErrorKind::NotFound).into());
    }
    serialport::available_ports()
}

/// The serial ports that the operating system knows, and whatever exists at one of the paths. Paths may hold `*` and `?`
/// (`/dev/serial/by-id/usb-ACME_*`): for ports that the operating system does not list, such as pseudo terminals, and
/// for links to ports. In the order of their paths; opens nothing.
///
/// # Errors
/// [`Error::ServiceUnavailable`] where the operating system cannot tell and no path is given;
/// [`Error::ReaderUnavailable`] for a path that is none.
pub fn list(paths: &[String]) -> Result<Vec<Found>, Error> {
    let mut found = BTreeMap::new();
    match known_ports() {
        Ok(ports) => found.extend(ports.into_iter().map(|port| {
            let usb = match port.port_type {
                SerialPortType::UsbPort(usb) => Some(Usb {
                    vendor_id: usb.vid,
                    product_id: usb.pid,
                    serial: usb.serial_number,
                    product: usb.product,
                }),
                _ => None,
            };
            (port.port_name, usb)
        })),
        Err(_) if !paths.is_empty() => {}
        Err(_) => return Err(Error::ServiceUnavailable),
    }
    for pattern in paths {
        let matches = glob::glob(pattern).map_err(|error| Error::ReaderUnavailable {
            detail: format!("{pattern}: {error}"),
        })?;
        // What cannot be read is not there for us; nor is a link to nowhere.
        for path in matches.flatten().filter(|path| path.exists()) {
            found.entry(path.to_string_lossy().into_owned()).or_insert(None);
        }
    }
    Ok(found.into_iter().map(|(path, usb)| Found { path, usb }).collect())
}
