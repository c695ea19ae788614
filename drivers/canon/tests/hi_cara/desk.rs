//! A counter's desk: a driver, a folder that is its bus, and devices in it.

use std::time::{Duration, Instant};

use madoguchi_card::{CardSession, TransmitError};
use madoguchi_driver_api::{Call, Driver, Error, Event, Host, Reader, ReaderInfo};
use madoguchi_driver_canon::HiCaraFactory;
use madoguchi_driver_kit::KitDriver;
use madoguchi_twin::device::makers::{Maker, Plug};
use madoguchi_twin::device::{Front, Generation, HidLink, Identity, Link, Options, Stage, State, Twin};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Desk {
    pub(crate) bus: TempDir,
    pub(crate) driver: KitDriver<HiCaraFactory>,
}

impl Desk {
    pub(crate) fn empty() -> Self {
        let bus = tempfile::tempdir().unwrap();
        let settings = format!(r#"{{"links": "{}"}}"#, bus.path().display());
        let host = Host::new(|_, _| {}).with_settings(&settings);
        let driver = madoguchi_driver_canon::driver(host).unwrap();
        Self { bus, driver }
    }

    /// How a device is plugged in here.
    pub(crate) fn options(&self, port: &str, serial: &str, generation: Generation) -> Options {
        let maker = maker();
        let Plug::Hid {
            vendor_id,
            product_id,
        } = maker.plug
        else {
            panic!("a Hi-CARA is a HID device")
        };
        let link = HidLink {
            folder: self.bus.path().to_owned(),
            port: port.to_owned(),
            vendor_id,
            product_id,
            product: "Hi-CARA".to_owned(),
        };
        Options::new((maker.identity)(generation, serial), Link::Hid(link))
    }

    pub(crate) fn plug(&self, port: &str, serial: &str, generation: Generation) -> Twin {
        start(self.options(port, serial, generation))
    }

    pub(crate) fn readers(&self) -> Vec<ReaderInfo> {
        self.driver.readers().unwrap()
    }

    pub(crate) fn open(&self, selector: &str) -> Box<dyn Reader> {
        self.driver.open(selector, &long()).unwrap()
    }

    /// Waits for an event among others.
    pub(crate) fn wait_for(&self, what: &str, wished: impl Fn(&Event) -> bool) -> Event {
        let until = Instant::now() + LONG;
        while Instant::now() < until {
            if let Some(event) = self.driver.next_event(Duration::from_millis(100)).unwrap()
                && wished(&event)
            {
                return event;
            }
        }
        panic!("never seen: {what}")
    }

    /// Waits until the readers are as wished.
    pub(crate) fn wait_until(&self, what: &str, wished: impl Fn(&[ReaderInfo]) -> bool) -> Vec<ReaderInfo> {
        let until = Instant::now() + LONG;
        loop {
            let readers = self.readers();
            if wished(&readers) {
                return readers;
            }
            assert!(Instant::now() < until, "never so: {what}; {readers:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn maker() -> &'static Maker {
    Maker::by_name("canon").unwrap()
}

pub(crate) fn front(identity: &Identity) -> Box<dyn Front> {
    (maker().front)(identity)
}

pub(crate) fn start(options: Options) -> Twin {
    let front = front(&options.identity);
    Twin::start(options, front).unwrap()
}

/// One new device, its stage and its reader.
pub(crate) fn one(generation: Generation) -> (Desk, Twin, Box<dyn Reader>) {
    let desk = Desk::empty();
    let twin = desk.plug("1-1", "0001", generation);
    let reader = desk.open("0001");
    (desk, twin, reader)
}

pub(crate) fn long() -> Call {
    Call::within(LONG)
}

/// The device's state once it is as wished.
pub(crate) fn seen(stage: &Stage, what: &str, wished: impl Fn(&State) -> bool) -> State {
    let state = stage.wait_for(LONG, wished).unwrap();
    state.unwrap_or_else(|| panic!("never so: {what}; {:?}", stage.state()))
}

/// The card application's way to a reader.
pub(crate) struct Session<'r>(pub(crate) &'r mut dyn Reader, pub(crate) Call);

impl CardSession for Session<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        self.0
            .transmit(command, response, &self.1)
            .map_err(|error| match error {
                Error::CardRemoved | Error::NoCard => TransmitError::Removed,
                Error::CardReset => TransmitError::Reset,
                Error::Timeout => TransmitError::Timeout,
                Error::ReaderRemoved => TransmitError::ReaderGone,
                Error::Protocol { .. } => TransmitError::Protocol,
                _ => TransmitError::Unavailable,
            })
    }
}
