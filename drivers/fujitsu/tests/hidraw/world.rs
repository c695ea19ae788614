//! A computer with HID devices, in a process of its own: umockdev is preloaded into it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_card::{CardSession, TransmitError};
use madoguchi_driver_api::{Call, Driver, Host, Reader, ReaderInfo};
use madoguchi_driver_fujitsu::CaoraFactory;
use madoguchi_driver_kit::KitDriver;
use madoguchi_twin::device::makers::{Maker, Plug};
use madoguchi_twin::device::{Generation, HidLink, Link, Options, Stage, State, Twin};

const LINKS: &str = "MADOGUCHI_TEST_LINKS";

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Runs the test of that name in a child that sees the twins of its folder as HID devices.
pub(crate) fn isolated(name: &str, test: fn(World)) {
    if let Some(links) = env::var_os(LINKS) {
        return test(World {
            links: PathBuf::from(links),
            driver: madoguchi_driver_fujitsu::driver(Host::new(|_, _| {})).unwrap(),
        });
    }
    let links = tempfile::tempdir().unwrap();
    let mirror = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transport/tests/umockdev/mirror.py");
    let output = Command::new("umockdev-wrapper")
        // Debian's own Python has the bindings.
        .arg("/usr/bin/python3")
        .arg(mirror)
        .arg(links.path())
        .arg(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(LINKS, links.path())
        .stdin(Stdio::null())
        .output()
        .expect("umockdev, gir1.2-umockdev-1.0 and python3-gi are installed (cargo xtask setup --tests)");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && out.contains("1 passed"),
        "{out}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

pub(crate) struct World {
    links: PathBuf,
    pub(crate) driver: KitDriver<CaoraFactory>,
}

impl World {
    pub(crate) fn plug(&self, port: &str, serial: &str) -> Twin {
        let maker = Maker::by_name("fujitsu").unwrap();
        let Plug::Hid {
            vendor_id,
            product_id,
        } = maker.plug
        else {
            unreachable!("a Caora is a HID device")
        };
        let link = HidLink {
            folder: self.links.clone(),
            port: port.to_owned(),
            vendor_id,
            product_id,
            product: "Caora".to_owned(),
        };
        let options = Options::new((maker.identity)(Generation::New, serial), Link::Hid(link));
        let front = (maker.front)(&options.identity);
        Twin::start(options, front).unwrap()
    }

    /// Waits until the readers are as wished.
    pub(crate) fn readers(&self, wished: impl Fn(&[ReaderInfo]) -> bool) -> Vec<ReaderInfo> {
        let until = Instant::now() + LONG;
        loop {
            let readers = self.driver.readers().unwrap();
            if wished(&readers) {
                return readers;
            }
            assert!(Instant::now() < until, "{readers:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

pub(crate) fn long() -> Call {
    Call::within(LONG)
}

/// Waits until the device is as wished.
pub(crate) fn seen(stage: &Stage, wished: impl Fn(&State) -> bool) {
    assert!(
        stage.wait_for(LONG, wished).unwrap().is_some(),
        "{:?}",
        stage.state()
    );
}

/// The card application's way to a reader.
pub(crate) struct Session<'r>(pub(crate) &'r mut dyn Reader);

impl CardSession for Session<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        let sent = self.0.transmit(command, response, &long());
        sent.map_err(|_| TransmitError::Unavailable)
    }
}
