//! The house's own devices, for drivers of makers whose twins are built in.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use madoguchi_twin::device::makers::{ChipSlot, Maker, Plug};
use madoguchi_twin::device::{ClientError, Generation, Options, StartError, Twin};
#[cfg(unix)]
use madoguchi_twin::{pcscd, pcscd::PrivatePcscd};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use thiserror::Error;

use crate::hands::{Hands, StageHands};

/// The device of no maker, and the driver in C for it.
const EXAMPLE: &str = "example";
const EXAMPLE_DRIVER: &str = "c-example";
/// The serial number of the twin.
const SERIAL: &str = "KIT1001";

/// Why there is no built-in device.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HouseError {
    /// The twin does not start.
    #[error("the twin does not start: {0}")]
    Twin(#[from] StartError),
    /// Its stage does not answer.
    #[error("the twin's stage does not answer: {0}")]
    Stage(#[from] ClientError),
    /// There is no PC/SC service for it.
    #[cfg(unix)]
    #[error("no PC/SC service: {0}")]
    Pcsc(#[from] pcscd::Error),
    /// There is no card.
    #[error("no card can be made: {0}")]
    Card(#[from] madoguchi_twin::Error),
    /// Its folder cannot be made.
    #[error("no folder for it: {0}")]
    Folder(#[from] std::io::Error),
}

/// A device of the house, and what its driver has to be told to find it.
#[must_use = "dropping it pulls the plug"]
pub struct House {
    hands: Box<dyn Hands>,
    settings: Map<String, Value>,
    environment: Vec<(&'static str, PathBuf)>,
    selector: Option<String>,
    _twin: Option<Twin>,
    #[cfg(unix)]
    _pcscd: Option<PrivatePcscd>,
    _folder: TempDir,
}

impl House {
    /// A device for the driver of that id; none where the house has none.
    ///
    /// # Errors
    /// [`HouseError`].
    pub fn open(driver: &str, generation: Generation) -> Result<Option<Self>, HouseError> {
        #[cfg(unix)]
        if driver == "pcsc" {
            return slot().map(Some);
        }
        let maker = if driver == EXAMPLE_DRIVER { EXAMPLE } else { driver };
        match Maker::by_name(maker) {
            Some(maker) => twin(maker, generation).map(Some),
            None => Ok(None),
        }
    }

    /// Who acts on it.
    pub fn hands(&mut self) -> &mut dyn Hands {
        self.hands.as_mut()
    }

    /// What the driver is to be told: a JSON object, with what is given on top.
    #[must_use]
    pub fn settings(&self, given: Map<String, Value>) -> String {
        let mut settings = self.settings.clone();
        settings.extend(given);
        Value::Object(settings).to_string()
    }

    /// What the driver's process finds in its environment.
    #[must_use]
    pub fn environment(&self) -> &[(&'static str, PathBuf)] {
        &self.environment
    }

    /// The reader to try, where the driver finds others beside it.
    #[must_use]
    pub fn selector(&self) -> Option<&str> {
        self.selector.as_deref()
    }
}

fn twin(maker: &Maker, generation: Generation) -> Result<House, HouseError> {
    let folder = tempfile::tempdir()?;
    let bus = folder.path().join("links");
    let port = match maker.plug {
        Plug::Hid { .. } => "1-1",
        Plug::Serial => "ttyUSB0",
        Plug::Tcp { .. } => "",
    };
    let mut options = Options::new((maker.identity)(generation, SERIAL), maker.link(&bus, port));
    options.stage = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut environment = Vec::new();
    #[cfg(unix)]
    let mut service = None;
    #[cfg(unix)]
    if maker.chip == ChipSlot::PcSc {
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), 2)?;
        options.vpcd = pcscd.vpcd_addr(0);
        environment.push(("PCSCLITE_CSOCK_NAME", pcscd.socket_path()));
        service = Some(pcscd);
    }
    let front = (maker.front)(&options.identity);
    let twin = Twin::start(options, front)?;
    let mut settings = settings(maker, &bus, &twin);
    if maker.chip == ChipSlot::PcSc {
        settings.insert("slots".to_owned(), json!({ SERIAL: "virtual-pcd-0#0" }));
    }
    let stage = twin
        .stage_address()
        .ok_or_else(|| std::io::Error::other("a stage without an address"))?;
    Ok(House {
        hands: Box::new(StageHands::connect(stage)?),
        settings,
        environment,
        selector: None,
        _twin: Some(twin),
        #[cfg(unix)]
        _pcscd: service,
        _folder: folder,
    })
}

/// What the driver has to be told to find the twin. The driver in C is told a port where the others are told an address.
fn settings(maker: &Maker, bus: &Path, twin: &Twin) -> Map<String, Value> {
    let place = twin.place();
    if maker.name == EXAMPLE {
        let port = place.as_deref().and_then(|place| place.rsplit_once(':'));
        let port = port.and_then(|(_, port)| port.parse::<u16>().ok());
        return Map::from_iter([("port".to_owned(), json!(port))]);
    }
    let told = maker.driver_settings(bus, place.as_deref());
    told.into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// A reader of a PC/SC service with a card beside it.
#[cfg(unix)]
fn slot() -> Result<House, HouseError> {
    use madoguchi_twin::vpcd::VpcdCard;
    use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};

    let folder = tempfile::tempdir()?;
    let pcscd = PrivatePcscd::start(folder.path(), 2)?;
    let persona = Persona::by_name("adult")?.ok_or_else(|| std::io::Error::other("no persona"))?;
    let card = VirtualCard::new(&persona, &TestCa::new()?, time::OffsetDateTime::now_utc())?;
    let address = pcscd
        .vpcd_addr(0)
        .ok_or_else(|| std::io::Error::other("no virtual reader"))?;
    let card = VpcdCard::beside(address, card, Faults::default())?;
    Ok(House {
        hands: Box::new(crate::hands::SlotHands(card)),
        settings: Map::new(),
        environment: vec![("PCSCLITE_CSOCK_NAME", pcscd.socket_path())],
        selector: Some("virtual-pcd-0#0".to_owned()),
        _twin: None,
        _pcscd: Some(pcscd),
        _folder: folder,
    })
}
