//! A private pcscd, a twin device whose slot is on it, and the driver, in a process of their own.
//!
//! libpcsclite reads once per process where pcscd listens, so each test runs itself again in a child that was told.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_card::{CardSession, TransmitError};
use madoguchi_driver_api::screen::{Page, Screen};
use madoguchi_driver_api::{Call, CancelFlag, Driver, Error, Event, Host, Reader, ReaderInfo};
use madoguchi_driver_panasonic::PanasonicDriver;
use madoguchi_twin::device::makers::Maker;
use madoguchi_twin::device::makers::panasonic::Panasonic;
use madoguchi_twin::device::{Generation, HidLink, Link, Options, PageKind, Stage, State, Twin};
use madoguchi_twin::pcscd::PrivatePcscd;

const FOLDER: &str = "MADOGUCHI_TEST_FOLDER";

pub(crate) const SERIAL: &str = "P-0042";
/// The slot's whole PC/SC name: vpcd makes its readers in pairs, and the pair's names differ at the end.
pub(crate) const SLOT: &str = "Virtual PCD 0 00 00";

/// Enough for everything on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Runs the test of that name in a child.
pub(crate) fn isolated(name: &str, test: fn(&Path)) {
    if let Some(folder) = env::var_os(FOLDER) {
        return test(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(FOLDER, folder.path())
        .env("PCSCLITE_CSOCK_NAME", folder.path().join("pcscd.comm"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stdout = text(&output.stdout);
    assert!(output.status.success(), "{stdout}\n{}", text(&output.stderr));
    assert!(stdout.contains("1 passed"), "the test did not run: {stdout}");
    // What was measured.
    for line in stdout.lines().filter(|line| line.contains("measured")) {
        println!("{line}");
    }
}

/// How a world begins.
pub(crate) struct Start {
    pub(crate) generation: Generation,
    /// What the device says that its slot has in its name.
    pub(crate) slot: &'static str,
    /// The driver's settings beside the folder of links.
    pub(crate) settings: &'static str,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            generation: Generation::New,
            slot: SLOT,
            settings: "",
        }
    }
}

pub(crate) struct World {
    pub(crate) driver: PanasonicDriver,
    pub(crate) twin: Twin,
    pub(crate) pcscd: PrivatePcscd,
    links: PathBuf,
}

impl World {
    pub(crate) fn new(folder: &Path) -> Self {
        Self::start(folder, &Start::default())
    }

    pub(crate) fn start(folder: &Path, start: &Start) -> Self {
        let pcscd = PrivatePcscd::start(folder, 2).unwrap();
        assert_eq!(
            Some(pcscd.socket_path().into()),
            env::var_os("PCSCLITE_CSOCK_NAME")
        );
        let links = folder.join("links");
        let twin = plug(&links, "1-1", start.generation, start.slot, pcscd.vpcd_addr(0));
        let driver = driver(&links, start.settings);
        Self {
            driver,
            twin,
            pcscd,
            links,
        }
    }

    pub(crate) fn links(&self) -> &Path {
        &self.links
    }

    pub(crate) fn stage(&self) -> Stage {
        self.twin.stage().clone()
    }

    /// The one reader.
    pub(crate) fn only(&self) -> ReaderInfo {
        let mut readers = self.driver.readers().unwrap();
        assert_eq!(readers.len(), 1, "{readers:?}");
        readers.remove(0)
    }

    pub(crate) fn open(&self) -> Box<dyn Reader> {
        self.driver.open(SERIAL, &call()).unwrap()
    }

    /// Forgets what happened until now.
    pub(crate) fn drain(&self) {
        self.driver.readers().unwrap();
        while self.driver.next_event(Duration::ZERO).unwrap().is_some() {}
    }

    /// Puts a card on and waits until the driver says so.
    pub(crate) fn insert(&self, persona: &str) {
        self.stage().insert(persona).unwrap();
        let selector = SERIAL.to_owned();
        self.event("card in", |event| {
            *event
                == Event::CardInserted {
                    selector: selector.clone(),
                }
        });
    }

    /// A reader with a powered card on it.
    pub(crate) fn powered(&self, persona: &str) -> Box<dyn Reader> {
        let mut reader = self.open();
        self.insert(persona);
        reader.power_on(&call()).unwrap();
        reader
    }

    /// Waits for an event, past others.
    pub(crate) fn event(&self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        event(&self.driver, what, wanted)
    }
}

/// Plugs a device in.
pub(crate) fn plug(
    links: &Path,
    port: &str,
    generation: Generation,
    slot: &str,
    vpcd: Option<std::net::SocketAddr>,
) -> Twin {
    std::fs::create_dir_all(links).unwrap();
    let maker = Maker::by_name("panasonic").unwrap();
    let link = Link::Hid(HidLink {
        folder: links.to_owned(),
        port: port.to_owned(),
        vendor_id: 0x04DA,
        product_id: 0x3F10,
        product: "XC-STFR1J-MN".to_owned(),
    });
    let options = Options {
        vpcd,
        ..Options::new((maker.identity)(generation, SERIAL), link)
    };
    Twin::start(options, Box::new(Panasonic::new(slot))).unwrap()
}

pub(crate) fn driver(links: &Path, more: &str) -> PanasonicDriver {
    let settings = format!("{{\"links\": {:?}{more}}}", links.to_str().unwrap());
    let log = |level, line: &str| println!("{level:?} {line}");
    PanasonicDriver::start(Host::new(log).with_settings(&settings)).unwrap()
}

pub(crate) fn event(driver: &dyn Driver, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
    let until = Instant::now() + LONG;
    let mut others = Vec::new();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match driver.next_event(left) {
            Ok(Some(event)) if wanted(&event) => return event,
            Ok(Some(event)) => others.push(format!("{event:?}")),
            Err(error) => others.push(format!("{error:?}")),
            Ok(None) => panic!("no event: {what}; instead: {others:?}"),
        }
        assert!(!left.is_zero(), "no event: {what}; instead: {others:?}");
    }
}

pub(crate) fn call() -> Call {
    Call::within(LONG)
}

pub(crate) fn screen(page: Page, language: &str) -> Screen {
    Screen {
        page,
        language: language.into(),
    }
}

/// Waits until the device shows that.
pub(crate) fn shows(stage: &Stage, page: PageKind) -> State {
    let state = stage.wait_for(LONG, |state| state.page() == Some(page)).unwrap();
    state.unwrap_or_else(|| panic!("{page:?} is not shown: {:?}", stage.state()))
}

/// Does something on the device while a call waits for it.
pub(crate) fn while_waiting<T: Send>(act: impl FnOnce() + Send, wait: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let acting = scope.spawn(act);
        let result = wait();
        acting.join().unwrap();
        result
    })
}

/// Calls a waiting call off once the device shows that; how it ended, and how long after.
pub(crate) fn call_off<T: Send>(
    stage: &Stage,
    page: PageKind,
    wait: impl FnOnce(&Call) -> T,
) -> (T, Duration) {
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + LONG, flag.clone());
    thread::scope(|scope| {
        let acting = scope.spawn(move || {
            shows(stage, page);
            let at = Instant::now();
            flag.cancel();
            at
        });
        let result = wait(&call);
        let ended = Instant::now();
        (result, ended.saturating_duration_since(acting.join().unwrap()))
    })
}

/// The card behind an open reader, for the card application.
pub(crate) struct Session<'r>(pub(crate) &'r mut dyn Reader);

impl CardSession for Session<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        self.0
            .transmit(command, response, &call())
            .map_err(|error| match error {
                Error::CardRemoved | Error::NoCard => TransmitError::Removed,
                Error::CardReset => TransmitError::Reset,
                Error::ReaderRemoved => TransmitError::ReaderGone,
                Error::ServiceUnavailable => TransmitError::ServiceGone,
                _ => TransmitError::Protocol,
            })
    }
}
