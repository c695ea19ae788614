//! Which serial ports there are: those that the configuration names, and those over USB.

use std::fs;

use madoguchi_driver_api::{Error, Host};
use madoguchi_driver_kit::{Candidate, settings};
use madoguchi_transport::serial;
use serde::Deserialize;

use crate::device::DISPLAY_NAME;

/// More patterns than this are a mistake.
const MAX_PATTERNS: usize = 64;

/// The driver's section of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Ports to look at; may hold `*` and `?`. One that is named in full is listed also while it cannot be opened.
    ports: Vec<String>,
    /// Whether to look at each serial port over USB as well. Each is sent a few characters.
    discover: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ports: Vec::new(),
            discover: true,
        }
    }
}

/// A port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What opens it. A link as it was found: where the port behind it has gone, its name may be another device's by now.
    pub(super) path: String,
    /// Whether the configuration names it in full.
    pub(super) named: bool,
}

pub(super) struct Ports {
    settings: Settings,
    patterns: Vec<glob::Pattern>,
}

impl Ports {
    pub(super) fn new(host: &Host) -> Result<Self, Error> {
        let settings: Settings = settings::read(super::ID, host)?;
        let wrong = |problem: String| settings::Invalid {
            driver: super::ID.to_owned(),
            key: ".ports".to_owned(),
            problem,
        };
        if settings.ports.len() > MAX_PATTERNS {
            return Err(wrong(format!("more than {MAX_PATTERNS} patterns")).into());
        }
        let patterns = settings
            .ports
            .iter()
            .map(|port| glob::Pattern::new(port).map_err(|error| wrong(format!("{port}: {error}"))))
            .collect::<Result<_, _>>()?;
        Ok(Self { settings, patterns })
    }

    /// The ports now, each once, whatever links lead to it.
    pub(super) fn find(&self) -> Result<Vec<Candidate<Place>>, Error> {
        Ok(self.candidates(serial::list(&self.settings.ports)?))
    }

    fn candidates(&self, found: Vec<serial::Found>) -> Vec<Candidate<Place>> {
        let mut candidates: Vec<Candidate<Place>> = Vec::new();
        for port in found {
            let wanted = self.patterns.iter().any(|pattern| pattern.matches(&port.path));
            let discovered = self.settings.discover && port.usb.is_some();
            if !wanted && !discovered {
                continue;
            }
            // A link to another port now is another port.
            let key = fs::canonicalize(&port.path)
                .map_or_else(|_| port.path.clone(), |path| path.to_string_lossy().into_owned());
            let named = self.settings.ports.contains(&port.path);
            let serial = port
                .usb
                .and_then(|usb| usb.serial)
                .filter(|serial| !serial.is_empty());
            match candidates.iter_mut().find(|candidate| candidate.key == key) {
                Some(known) => {
                    known.place.named |= named;
                    if let Some(serial) = serial {
                        known.selector = serial;
                    }
                }
                None => candidates.push(Candidate {
                    selector: serial.unwrap_or_else(|| key.clone()),
                    key,
                    display_name: format!("{DISPLAY_NAME} {}", port.path),
                    place: Place {
                        path: port.path,
                        named,
                    },
                }),
            }
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_driver_api::Host;

    use super::*;

    fn ports(settings: &str) -> Result<Ports, Error> {
        Ports::new(&Host::new(|_, _| {}).with_settings(settings))
    }

    #[test]
    fn a_section_with_a_mistake_names_the_key() {
        for (section, key) in [
            (r#"{"port": ["/dev/ttyACM0"]}"#, "port"),
            (r#"{"ports": "/dev/ttyACM0"}"#, ".ports"),
            (r#"{"ports": ["/dev/tty[ACM"]}"#, ".ports"),
        ] {
            let Err(Error::ReaderUnavailable { detail }) = ports(section) else {
                panic!("{section} was taken")
            };
            assert!(detail.contains(key), "{detail}");
        }
        assert!(ports("{}").is_ok());
    }

    #[test]
    fn a_port_is_found_once_however_many_links_lead_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let port = folder.path().join("ttyX0");
        fs::write(&port, "").unwrap();
        std::os::unix::fs::symlink(&port, folder.path().join("ttyX-by-id")).unwrap();
        std::os::unix::fs::symlink("/nowhere", folder.path().join("ttyX-gone")).unwrap();
        let section = serde_json::json!({
            "ports": [format!("{}/ttyX*", folder.path().display()), port],
            "discover": false,
        });
        let found = ports(&section.to_string()).unwrap().find().unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].place.named);
        assert_eq!(found[0].key, port.canonicalize().unwrap().to_string_lossy());
    }

    #[test]
    fn the_serial_number_that_usb_tells_names_the_reader_before_it_is_opened() {
        let port = |path: &str, serial: Option<&str>| serial::Found {
            path: path.to_owned(),
            usb: Some(serial::Usb {
                vendor_id: 1,
                product_id: 2,
                serial: serial.map(str::to_owned),
                product: None,
            }),
        };
        let found = ports("{}").unwrap().candidates(vec![
            port("/no/ttyACM0", Some("AX-1")),
            port("/no/ttyACM1", None),
            port("/no/ttyACM2", Some("")),
        ]);
        let selectors: Vec<_> = found
            .iter()
            .map(|candidate| candidate.selector.as_str())
            .collect();
        assert_eq!(selectors, ["AX-1", "/no/ttyACM1", "/no/ttyACM2"]);
    }
}
