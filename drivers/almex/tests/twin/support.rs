//! A device, a driver, and a person at the device.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use madoguchi_card::{CardSession, TransmitError};
use madoguchi_driver_almex::AlmexFactory;
use madoguchi_driver_api::{Call, Driver, Error, Event, Host, Reader, ReaderInfo};
use madoguchi_driver_kit::KitDriver;
use madoguchi_twin::Faults;
use madoguchi_twin::device::makers::Maker;
use madoguchi_twin::device::{Act, Generation, Link, Options, PtyLink, Stage, State, Twin};
use tempfile::TempDir;

pub(crate) const SERIAL: &str = "AX-0042";

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Desk {
    _folder: TempDir,
    pub(crate) twin: Twin,
    pub(crate) driver: Arc<KitDriver<AlmexFactory>>,
}

impl Desk {
    pub(crate) fn new(generation: Generation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let twin = twin(&folder, generation, SERIAL, "ttyACM0");
        let driver = driver(&folder);
        Self {
            _folder: folder,
            twin,
            driver,
        }
    }

    pub(crate) fn stage(&self) -> &Stage {
        self.twin.stage()
    }

    /// The one reader, as soon as it can be used.
    pub(crate) fn info(&self) -> ReaderInfo {
        wait_for_reader(&*self.driver, SERIAL)
    }

    pub(crate) fn open(&self) -> Box<dyn Reader> {
        let selector = self.info().selector;
        self.driver.open(&selector, &long()).unwrap()
    }

    /// Puts a card down and waits until the device knows what it is.
    pub(crate) fn lay(&self, persona: &str) {
        self.stage().insert(persona).unwrap();
        self.wait_for_card();
    }

    /// Waits until the driver knows that something lies there.
    pub(crate) fn wait_for_card(&self) {
        let until = Instant::now() + LONG;
        while !self.info().card_present {
            assert!(Instant::now() < until, "the card is not seen");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// A reader with that persona's card on it, powered.
    pub(crate) fn powered(&self, persona: &str) -> Box<dyn Reader> {
        self.lay(persona);
        let mut reader = self.open();
        reader.power_on(&long()).unwrap();
        reader
    }

    /// Does something as soon as the device is as wished.
    pub(crate) fn once(
        &self,
        wished: impl Fn(&State) -> bool + Send + 'static,
        act: Act,
    ) -> JoinHandle<Instant> {
        let stage = self.stage().clone();
        thread::spawn(move || {
            assert!(stage.wait_for(LONG, wished).unwrap().is_some(), "it never was");
            let now = Instant::now();
            stage.act(act).unwrap();
            now
        })
    }

    /// Waits until the device is as wished.
    pub(crate) fn wait(&self, wished: impl Fn(&State) -> bool) -> State {
        self.stage()
            .wait_for(LONG, wished)
            .unwrap()
            .expect("it never was")
    }
}

pub(crate) fn twin(folder: &TempDir, generation: Generation, serial: &str, port: &str) -> Twin {
    let maker = Maker::by_name("almex").unwrap();
    let identity = (maker.identity)(generation, serial);
    let front = (maker.front)(&identity);
    let link = Link::Pty(PtyLink {
        folder: folder.path().to_owned(),
        port: port.to_owned(),
    });
    Twin::start(Options::new(identity, link), front).unwrap()
}

pub(crate) fn driver(folder: &TempDir) -> Arc<KitDriver<AlmexFactory>> {
    let settings = serde_json::json!({
        "ports": [format!("{}/tty*", folder.path().display())],
        "discover": false,
    });
    let host = Host::new(|_, _| {}).with_settings(&settings.to_string());
    Arc::new(madoguchi_driver_almex::driver(host).unwrap())
}

pub(crate) fn wait_for_reader(driver: &dyn Driver, selector: &str) -> ReaderInfo {
    let until = Instant::now() + LONG;
    loop {
        let readers = driver.readers().unwrap();
        let found = readers
            .iter()
            .find(|reader| reader.selector == selector && reader.unavailable.is_none());
        if let Some(found) = found {
            return found.clone();
        }
        assert!(Instant::now() < until, "no {selector} in {readers:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The next event that is as wished; others are passed over.
pub(crate) fn wait_for_event(driver: &dyn Driver, wished: impl Fn(&Event) -> bool) -> Event {
    let until = Instant::now() + LONG;
    loop {
        if let Some(event) = driver.next_event(Duration::from_millis(50)).unwrap()
            && wished(&event)
        {
            return event;
        }
        assert!(Instant::now() < until, "no such event");
    }
}

pub(crate) fn long() -> Call {
    Call::within(LONG)
}

/// The card application's way to the card.
pub(crate) struct Session<'r>(pub(crate) &'r mut dyn Reader);

impl CardSession for Session<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        let sent = self.0.transmit(command, response, &long());
        sent.map_err(|error| match error {
            Error::CardRemoved | Error::NoCard => TransmitError::Removed,
            Error::CardReset => TransmitError::Reset,
            Error::ReaderRemoved => TransmitError::ReaderGone,
            Error::Protocol { .. } => TransmitError::Protocol,
            Error::Timeout | Error::Cancelled | Error::CardUnresponsive => TransmitError::Timeout,
            _ => TransmitError::Unavailable,
        })
    }
}

/// An adult's new card with that wrong.
pub(crate) fn insert_with(faults: Faults) -> Act {
    match Act::insert("adult") {
        Act::Insert(mut insert) => {
            insert.faults = faults;
            insert.fresh = true;
            Act::Insert(insert)
        }
        other => other,
    }
}
