//! The made-up maker: devices with frames that a test sends.
#![expect(
    clippy::disallowed_types,
    reason = "a test changes the world that the driver's threads look at"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, Screen};
use madoguchi_driver_api::{Atr, Call, Capability, Driver, DriverInfo, Error, Event, Host, Reader};
use madoguchi_driver_kit::{About, Candidate, Device, Factory, KitDriver, News, Shared};

/// What a device says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Frame {
    CardIn,
    CardOut,
    Touched,
    Pressed,
    Nonsense,
    Panic,
    NewFirmware,
}

/// What is plugged in, by port.
#[derive(Default)]
pub(crate) struct World {
    ports: Mutex<BTreeMap<String, Port>>,
    changed: Condvar,
    pub(crate) blind: Mutex<bool>,
    pub(crate) connects: AtomicUsize,
    pub(crate) open: AtomicUsize,
    pub(crate) pumps: AtomicUsize,
}

#[derive(Default)]
struct Port {
    serial: String,
    refuses: Option<Error>,
    /// Whether the line says it when the device is pulled.
    hung_up: bool,
    frames: VecDeque<Frame>,
}

impl World {
    pub(crate) fn plug(&self, port: &str, serial: &str) {
        self.plug_refusing(port, serial, None);
    }

    pub(crate) fn plug_refusing(&self, port: &str, serial: &str, refuses: Option<Error>) {
        let new = Port {
            serial: serial.into(),
            refuses,
            ..Port::default()
        };
        self.ports.lock().unwrap().insert(port.into(), new);
        self.changed.notify_all();
    }

    /// The device is gone from the list of ports; its line says nothing.
    pub(crate) fn unplug(&self, port: &str) {
        self.ports.lock().unwrap().remove(port);
    }

    /// The line hangs up; the port stays on the list.
    pub(crate) fn hang_up(&self, port: &str) {
        self.ports.lock().unwrap().get_mut(port).unwrap().hung_up = true;
        self.changed.notify_all();
    }

    /// The line hangs up, and cannot be opened any more.
    pub(crate) fn hang_up_for_good(&self, port: &str) {
        self.hang_up_refusing(port, Error::ReaderRemoved);
    }

    /// The line hangs up, and cannot be opened for this reason.
    pub(crate) fn hang_up_refusing(&self, port: &str, refuses: Error) {
        self.ports.lock().unwrap().get_mut(port).unwrap().refuses = Some(refuses);
        self.hang_up(port);
    }

    pub(crate) fn says(&self, port: &str, frames: &[Frame]) {
        let mut ports = self.ports.lock().unwrap();
        ports.get_mut(port).unwrap().frames.extend(frames);
        self.changed.notify_all();
    }

    /// How many frames nobody has read.
    pub(crate) fn unread(&self, port: &str) -> usize {
        self.ports.lock().unwrap()[port].frames.len()
    }

    /// Waits for a frame as a transport does: at once where there is one, in slices else. A port that vanished without
    /// a word is silent for ever.
    fn read(&self, port: &str, call: &Call) -> Result<Frame, Error> {
        let mut ports = self.ports.lock().unwrap();
        loop {
            call.check()?;
            if let Some(port) = ports.get_mut(port) {
                if port.hung_up {
                    return Err(Error::ReaderRemoved);
                }
                if let Some(frame) = port.frames.pop_front() {
                    return Ok(frame);
                }
            }
            ports = self.changed.wait_timeout(ports, call.slice()).unwrap().0;
        }
    }
}

pub(crate) struct Maker(pub(crate) Arc<World>);

impl Factory for Maker {
    type Device = Line;
    type Place = ();

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: "made-up".into(),
            maker: "Made up".into(),
            version: "1".into(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<()>>, Error> {
        if *self.0.blind.lock().unwrap() {
            return Err(Error::ServiceUnavailable);
        }
        let ports = self.0.ports.lock().unwrap();
        let candidates = ports.keys().map(|port| Candidate {
            key: port.clone(),
            selector: format!("port:{port}"),
            display_name: "Made-up reader".into(),
            place: (),
        });
        Ok(candidates.collect())
    }

    fn look_period(&self) -> Duration {
        Duration::from_millis(20)
    }

    fn connect(&self, candidate: &Candidate<()>, news: News, call: &Call) -> Result<Line, Error> {
        call.check()?;
        self.0.connects.fetch_add(1, Ordering::SeqCst);
        let mut ports = self.0.ports.lock().unwrap();
        let port = ports.get_mut(&candidate.key).ok_or(Error::ReaderRemoved)?;
        if let Some(error) = &port.refuses {
            return Err(error.clone());
        }
        port.hung_up = false;
        self.0.open.fetch_add(1, Ordering::SeqCst);
        Ok(Line {
            world: Arc::clone(&self.0),
            port: candidate.key.clone(),
            serial: port.serial.clone(),
            news,
        })
    }

    fn reader(&self, device: Shared<Line>) -> Box<dyn Reader> {
        Box::new(MadeUp(device))
    }
}

pub(crate) struct Line {
    world: Arc<World>,
    port: String,
    serial: String,
    news: News,
}

impl Line {
    /// Deals with a frame that may come at any time; gives back any other.
    fn unasked(&self, frame: Frame) -> Result<Option<Frame>, Error> {
        match frame {
            Frame::CardIn => self.news.card_in(),
            Frame::CardOut => self.news.card_out(),
            Frame::Touched => self.news.touched(),
            Frame::NewFirmware => self.news.changed(About {
                firmware: "2".into(),
                ..self.about()
            }),
            Frame::Nonsense => {
                return Err(Error::Protocol {
                    detail: "nonsense".into(),
                });
            }
            Frame::Panic => panic!("a fault of the maker's"),
            Frame::Pressed => return Ok(Some(frame)),
        }
        Ok(None)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.world.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Device for Line {
    fn about(&self) -> About {
        About {
            selector: self.serial.clone(),
            display_name: "Made-up reader".into(),
            model: "M1".into(),
            firmware: "1".into(),
            capabilities: vec![Capability::NfcCard, Capability::Screen],
            card_present: false,
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Error> {
        self.world.pumps.fetch_add(1, Ordering::SeqCst);
        let frame = self.world.read(&self.port, call)?;
        self.unasked(frame).map(|_| ())
    }
}

/// A reader whose present waits for the button and whose transmit answers at once.
struct MadeUp(Shared<Line>);

impl Reader for MadeUp {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.0.hold(call).map(|_| Atr(vec![0x3B]))
    }

    fn transmit(&mut self, _: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        let _line = self.0.hold(call)?;
        *response = vec![0x90, 0x00];
        Ok(())
    }

    fn power_off(&mut self) {}

    fn present(&mut self, _: &Screen, call: &Call) -> Result<Answer, Error> {
        let line = self.0.hold(call)?;
        loop {
            let frame = line.world.read(&line.port, call)?;
            if line.unasked(frame)?.is_some() {
                return Ok(Answer::Yes);
            }
        }
    }
}

pub(crate) fn world() -> (Arc<World>, KitDriver<Maker>) {
    let world = Arc::new(World::default());
    let driver = KitDriver::new(Maker(Arc::clone(&world)), Host::new(|_, _| {}));
    (world, driver)
}

pub(crate) fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

pub(crate) fn selectors(driver: &impl Driver) -> Vec<String> {
    let readers = driver.readers().unwrap();
    readers.into_iter().map(|reader| reader.selector).collect()
}

/// The next event, in short.
pub(crate) fn next(driver: &impl Driver) -> String {
    let event = driver
        .next_event(Duration::from_secs(5))
        .unwrap()
        .expect("an event");
    match event {
        Event::ReaderChanged(info) => match info.unavailable {
            None => format!("{} is there", info.selector),
            Some(error) => format!("{} cannot be used: {error}", info.selector),
        },
        Event::ReaderGone { selector } => format!("{selector} is gone"),
        Event::CardInserted { selector } => format!("{selector} card in"),
        Event::CardGone { selector } => format!("{selector} card out"),
        Event::Touched { selector } => format!("{selector} touched"),
        _ => "another event".into(),
    }
}

/// Nothing happens for a while.
pub(crate) fn assert_quiet(driver: &impl Driver) {
    assert_eq!(driver.next_event(Duration::from_millis(150)), Ok(None));
}
