//! Plugins that were built once and are kept: what a gateway of today still loads.
//!
//! `tests/golden/README.md` says how each was built. They differ from the tests in more than age: another release of
//! rustc, optimised for size, with LTO over all crates, stripped.
#![expect(clippy::unwrap_used, reason = "these are tests")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use flate2::read::GzDecoder;
use madoguchi_driver_abi::{Loaded, load};
use madoguchi_driver_api::screen::{Answer, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::visit::Plan;
use madoguchi_driver_api::{Call, Capability, Error, Event, Host, Medium, PoweredCard, Reader, control};
use madoguchi_fixture::{CERTIFICATE, code};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// `None` where this is another target.
fn golden(abi: u32) -> Option<Loaded> {
    if !cfg!(all(
        target_arch = "x86_64",
        target_os = "linux",
        target_env = "gnu",
        target_pointer_width = "64"
    )) {
        eprintln!("skipped: the golden plugins are for {TARGET}, and this is another target");
        return None;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let packed = root.join(format!("tests/golden/{abi}-{TARGET}/plugin.so.gz"));
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("plugin.so");
    let mut code = GzDecoder::new(File::open(&packed).unwrap());
    std::io::copy(&mut code, &mut File::create(&library).unwrap()).unwrap();
    assert!(
        fs::metadata(&packed).unwrap().len() < 400_000,
        "small enough to keep"
    );
    let loaded = load(&library, Host::new(|_, _| {}).with_settings(r#"{"port":"7"}"#)).unwrap();
    assert_eq!(loaded.abi_version, abi);
    Some(loaded)
}

fn call() -> Call {
    Call::within(Duration::from_secs(10))
}

fn screen() -> Screen {
    Screen {
        page: Page::TakeCard,
        language: "ja".into(),
    }
}

/// What every one of them can do: its readers, one's events, one's card.
fn serves_cards(loaded: &Loaded) -> Vec<Capability> {
    let readers = loaded.driver.readers().unwrap();
    let found: Vec<_> = readers
        .iter()
        .map(|info| (info.selector.as_str(), info.card_present))
        .collect();
    assert_eq!(found, [("fake-1", true), ("fake-2", false)]);

    let mut reader = loaded.driver.open("fake-1", &call()).unwrap();
    assert_eq!(
        reader.control(control::ECHO, b"hello", &call()).unwrap(),
        b"hello"
    );
    reader.control(code::REMOVE_CARD, b"", &call()).unwrap();
    assert_eq!(
        loaded.driver.next_event(Duration::from_secs(10)),
        Ok(Some(Event::CardGone {
            selector: "fake-1".into()
        }))
    );
    assert_eq!(reader.power_on(&call()), Err(Error::NoCard));
    reader.control(code::INSERT_CARD, b"", &call()).unwrap();

    let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
    let mut response = Vec::new();
    card.transmit(
        &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A],
        &mut response,
        &call(),
    )
    .unwrap();
    assert_eq!(response, [0x90, 0x00]);
    card.transmit(
        &[0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00],
        &mut response,
        &call(),
    )
    .unwrap();
    assert_eq!(response, [&CERTIFICATE[..], &[0x90, 0x00]].concat());
    readers[0].capabilities.clone()
}

fn says_unsupported(reader: &mut dyn Reader) {
    let request = PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: None,
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".into(),
    };
    let face = FaceRequest {
        again_because: None,
        language: "ja".into(),
    };
    let plan = Plan {
        media: vec![Medium::Card],
        consents: vec![],
        language: "ja".into(),
        challenge: vec![],
    };
    let unsupported = Some(Error::Unsupported);
    assert_eq!(reader.present(&screen(), &call()).err(), unsupported);
    assert_eq!(reader.enter_pin(&request, &call()).err(), unsupported);
    assert_eq!(reader.verify_face(&face, &call()).err(), unsupported);
    assert_eq!(reader.accept_visual(&call()).err(), unsupported);
    assert_eq!(reader.run_visit(&plan, &mut |_| (), &call()).err(), unsupported);
}

#[test]
fn a_plugin_of_version_1_serves_cards_and_nothing_else() {
    let Some(loaded) = golden(1) else { return };
    let capabilities = serves_cards(&loaded);
    // It says that it has a screen, a PIN pad, a camera and visits of its own.
    assert_eq!(capabilities, [Capability::NfcCard, Capability::NfcPhone]);
    says_unsupported(&mut *loaded.driver.open("fake-1", &call()).unwrap());
}

#[test]
fn a_plugin_of_version_2_by_another_compiler_serves_all() {
    let Some(loaded) = golden(2) else { return };
    let capabilities = serves_cards(&loaded);
    assert!(capabilities.contains(&Capability::Screen), "{capabilities:?}");
    let mut reader = loaded.driver.open("fake-1", &call()).unwrap();
    assert_eq!(reader.present(&screen(), &call()), Ok(Answer::Seen));
    assert_eq!(
        reader.control(code::SETTINGS, b"", &call()).unwrap(),
        br#"{"port":"7"}"#
    );
    let Err(Error::DriverPanicked { detail }) = reader.control(code::PANIC, b"", &call()) else {
        panic!("it did not panic, or not inside");
    };
    assert!(detail.starts_with("panicked at "), "{detail}");
}

#[test]
fn a_plugin_for_the_c_border_serves_all() {
    let Some(loaded) = golden(101) else { return };
    let mut reader = loaded.driver.open("fake-1", &call()).unwrap();
    assert_eq!(loaded.driver.readers().unwrap().len(), 2);
    assert_eq!(reader.present(&screen(), &call()), Ok(Answer::Seen));
    let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
    let mut response = Vec::new();
    card.transmit(&[0x00, 0xB0], &mut response, &call()).unwrap();
    assert_eq!(response, [0x00, 0xB0, 0x90, 0x00]);
}
