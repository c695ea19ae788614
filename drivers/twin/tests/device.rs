//! A twin with a toy protocol in front of it: links, stage, faults and the patient.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

#[path = "device/acts.rs"]
mod acts;
#[path = "device/driver.rs"]
mod driver;
#[path = "device/faults.rs"]
mod faults;
#[path = "device/links.rs"]
mod links;
#[path = "device/patient.rs"]
mod patient;
#[path = "device/toy.rs"]
mod toy;

use std::time::{Duration, Instant};

use driver::{Driver, Service};
use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::Item;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome};
use madoguchi_core::{Medium, Method};
use madoguchi_twin::device::{
    Act, At, DeviceFaults, End, FaceScript, Field, Generation, HidLink, Identity, Link, Options, PageKind,
    Panel, Patient, PtyLink, Quirk, Refused, StageClient, TcpLink, Twin, What,
};
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use tempfile::TempDir;
use toy::Toy;

const SOON: Duration = Duration::from_secs(5);
const SELECT_AP: &str = "apdu 00A4040C0AD392F000260100000001";
const SELECT_KEY: &str = "apdu 00A4020C020017";
const SIGN: &str = "apdu 802A0080330102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F3031323300";

fn identity() -> Identity {
    Identity {
        maker: "toy".to_owned(),
        model: "T-1".to_owned(),
        firmware: "1.0".to_owned(),
        serial: "0042".to_owned(),
        generation: Generation::New,
        capabilities: vec![Capability::Screen, Capability::Face, Capability::PinPad],
    }
}

fn tcp() -> Link {
    Link::Tcp(TcpLink {
        address: ([127, 0, 0, 1], 0).into(),
    })
}

fn hid(folder: &TempDir) -> Link {
    Link::Hid(HidLink {
        folder: folder.path().to_owned(),
        port: "1-2".to_owned(),
        vendor_id: 0x4D47,
        product_id: 1,
        product: "Toy".to_owned(),
    })
}

fn pty(folder: &TempDir) -> Link {
    Link::Pty(PtyLink {
        folder: folder.path().to_owned(),
        port: "ttyUSB0".to_owned(),
    })
}

fn start(link: Link) -> Twin {
    Twin::start(Options::new(identity(), link), Box::new(Toy::default())).unwrap()
}

fn start_tcp() -> (Twin, Driver) {
    let twin = start(tcp());
    let driver = Driver::connect(&twin);
    (twin, driver)
}
