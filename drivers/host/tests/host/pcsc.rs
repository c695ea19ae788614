//! The PC/SC plugin in its child process, on a real pcscd with a twin card.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use tempfile::TempDir;

use crate::support::{program, sha256_hex};

/// A pcscd with a card on its reader, and a plugin directory with the PC/SC plugin.
struct Counter {
    pcscd: PrivatePcscd,
    card: VpcdCard,
    plugins: TempDir,
    _folder: TempDir,
}

impl Counter {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let pcscd = PrivatePcscd::start(folder.path(), 1).unwrap();
        let persona = Persona::by_name("adult").unwrap().unwrap();
        let card =
            VirtualCard::new(&persona, &TestCa::new().unwrap(), time::OffsetDateTime::now_utc()).unwrap();
        let card = VpcdCard::connect(pcscd.vpcd_addr(0).unwrap(), card, Faults::default()).unwrap();
        let plugins = TempDir::new().unwrap();
        install(plugins.path().join("pcsc"));
        Self {
            pcscd,
            card,
            plugins,
            _folder: folder,
        }
    }

    /// Runs the program, which is given this pcscd for its own.
    fn run(&self, mode: &str, folder: PathBuf) -> String {
        let output = Command::new(program())
            .arg(mode)
            .arg(folder)
            .env("PCSCLITE_CSOCK_NAME", self.pcscd.socket_path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }
}

/// What the packer does.
fn install(folder: PathBuf) {
    fs::create_dir(&folder).unwrap();
    let library = fs::read(madoguchi_fixture_build::library("madoguchi-plugin-pcsc").unwrap()).unwrap();
    fs::write(folder.join("plugin.so"), &library).unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/pcsc/plugin.toml");
    let manifest = fs::read_to_string(source).unwrap();
    let sha256 = sha256_hex(&library);
    let packed = format!("{manifest}\nlibrary = \"plugin.so\"\nsha256 = \"{sha256}\"\n");
    fs::write(folder.join("plugin.toml"), packed).unwrap();
}

#[test]
fn a_visit_on_a_real_pcscd() {
    let counter = Counter::new();
    counter.card.report().unwrap();
    let line = counter.run("visit", counter.plugins.path().to_owned());
    assert!(
        line.starts_with("card TriesLeft(3) Verified certificate="),
        "{line}"
    );
    assert!(line.contains(" signature=256 "), "{line}");
    let apdus: u32 = line.trim().rsplit('=').next().unwrap().parse().unwrap();
    assert!(apdus <= 12, "{line}");
}

#[test]
fn a_reader_that_loses_the_card_over_extended_length_is_asked_for_it_once() {
    let counter = Counter::new();
    let faults = Faults {
        extended_length_loses_card: true,
        ..Faults::default()
    };
    counter.card.set_faults(faults).unwrap();
    let lines = counter.run("visits", counter.plugins.path().to_owned());
    let (first, second) = lines.split_once('\n').unwrap();
    assert_eq!(first, "CARD_REMOVED");
    assert!(
        second.starts_with("card TriesLeft(3) Verified certificate="),
        "{second}"
    );
}

#[test]
fn an_apdu_is_measured_against_a_bare_one() {
    let counter = Counter::new();
    let report = counter.run("transmit", counter.plugins.path().join("pcsc"));
    assert!(
        report.contains("TransmitReport { rounds: 20, apdus: 100, driver: "),
        "{report}"
    );
    println!("{report}");
}
