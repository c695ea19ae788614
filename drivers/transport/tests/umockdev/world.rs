//! A computer with HID devices, in a process of its own.
//!
//! umockdev is preloaded into a process, so each test runs itself again in a child that sees made-up devices.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::Call;
use madoguchi_transport::hid::{Bus, Found, Line};

const LINKS: &str = "MADOGUCHI_TEST_LINKS";

/// The numbers of the devices here.
pub(crate) const IDS: (u16, u16) = (0x4D47, 0x00F1);
pub(crate) const REPORT_LEN: usize = 64;

/// Runs the test of that name in a child.
pub(crate) fn isolated(name: &str, test: fn(World)) {
    if let Some(links) = env::var_os(LINKS) {
        return test(World {
            links: PathBuf::from(links),
            bus: Bus::new(None),
        });
    }
    let links = tempfile::tempdir().unwrap();
    let mirror = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/umockdev/mirror.py");
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
    links: PathBuf,
    pub(crate) bus: Bus,
}

impl World {
    /// Plugs a device in, which a test answers for.
    pub(crate) fn plug(&self, name: &str, serial: &str, product: &str) -> Device {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (vendor, id) = IDS;
        let text = format!(
            "address = \"{address}\"\nvendor_id = {vendor}\nproduct_id = {id}\nserial = \"{serial}\"\nproduct = \"{product}\"\n"
        );
        let file = self.links.join(format!("{name}.toml"));
        // At once, as whoever reads half of it takes it for none.
        fs::write(file.with_extension("new"), text).unwrap();
        fs::rename(file.with_extension("new"), &file).unwrap();
        let (stream, _) = listener.accept().unwrap();
        Device { file, stream }
    }

    /// Waits until so many devices are there.
    pub(crate) fn found(&self, count: usize) -> Vec<Found> {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            let found = self.bus.list(&[IDS]).unwrap();
            if found.len() == count {
                return found;
            }
            assert!(Instant::now() < until, "{found:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn open(&self, found: &Found) -> Line {
        self.bus.open(found, REPORT_LEN, &call()).unwrap()
    }
}

/// The device's side.
pub(crate) struct Device {
    file: PathBuf,
    stream: TcpStream,
}

impl Device {
    /// Waits for a report.
    pub(crate) fn receive(&mut self) -> [u8; REPORT_LEN] {
        let mut frame = [0; 2 + REPORT_LEN];
        self.stream.read_exact(&mut frame).unwrap();
        assert_eq!(frame[..2], [0, 64]);
        frame[2..].try_into().unwrap()
    }

    pub(crate) fn send(&mut self, report: [u8; REPORT_LEN]) {
        self.stream.write_all(&[&[0, 64][..], &report].concat()).unwrap();
    }

    /// Pulls the plug.
    pub(crate) fn unplug(self) {
        fs::remove_file(self.file).unwrap();
    }
}

pub(crate) fn call() -> Call {
    Call::within(Duration::from_secs(5))
}
