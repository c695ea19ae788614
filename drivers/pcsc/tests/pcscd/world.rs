//! A private pcscd with virtual readers and a card, in a process of its own.
//!
//! libpcsclite reads once per process where pcscd listens, so each test runs itself again in a child that was told.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Driver, Error, Event, Host, Reader};
use madoguchi_driver_pcsc::PcscDriver;
use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use time::OffsetDateTime;

const FOLDER: &str = "MADOGUCHI_TEST_FOLDER";

/// The reader that the tests put their card on, and the empty one beside it.
pub(crate) const READER: &str = "virtual-pcd-0#0";
pub(crate) const EMPTY: &str = "virtual-pcd-0#1";

pub(crate) const SELECT_JPKI: [u8; 15] = [
    0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
];

/// Runs the test of that name in a child.
pub(crate) fn isolated(name: &str, test: fn(World)) {
    if let Some(folder) = env::var_os(FOLDER) {
        return test(World::start(Path::new(&folder)));
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
    assert!(
        output.status.success(),
        "{}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    assert!(
        text(&output.stdout).contains("1 passed"),
        "the test did not run: {}",
        text(&output.stdout)
    );
}

pub(crate) struct World {
    pub(crate) pcscd: PrivatePcscd,
    pub(crate) card: VpcdCard,
    pub(crate) driver: Box<dyn Driver>,
}

impl World {
    fn start(folder: &Path) -> Self {
        let pcscd = PrivatePcscd::start(folder, 2).unwrap();
        assert_eq!(
            Some(pcscd.socket_path().into()),
            env::var_os("PCSCLITE_CSOCK_NAME")
        );
        let persona = Persona::by_name("adult").unwrap().unwrap();
        let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
        let card = VpcdCard::beside(pcscd.vpcd_addr(0).unwrap(), card, Faults::default()).unwrap();
        let driver = Box::new(PcscDriver::new(Host::new(|_, _| {})));
        Self { pcscd, card, driver }
    }

    /// Waits for an event, past others.
    pub(crate) fn event(&self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let until = Instant::now() + Duration::from_secs(20);
        let mut others = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.driver.next_event(left).unwrap() {
                Some(event) if wanted(&event) => return event,
                Some(event) => others.push(event),
                None => panic!("no event: {what}; instead: {others:?}"),
            }
        }
    }

    pub(crate) fn insert(&self) {
        self.card.insert().unwrap();
        self.event("card inserted", |event| {
            *event
                == Event::CardInserted {
                    selector: READER.into(),
                }
        });
    }

    pub(crate) fn removed(&self) {
        self.event("card gone", |event| {
            *event
                == Event::CardGone {
                    selector: READER.into(),
                }
        });
    }

    pub(crate) fn open(&self) -> Box<dyn Reader> {
        self.driver.open(READER, &call()).unwrap()
    }
}

pub(crate) fn call() -> Call {
    Call::within(Duration::from_secs(20))
}

/// Sends one APDU and returns the answer.
pub(crate) fn send(reader: &mut dyn Reader, command: &[u8]) -> Result<Vec<u8>, Error> {
    let mut response = Vec::new();
    reader.transmit(command, &mut response, &call())?;
    Ok(response)
}
