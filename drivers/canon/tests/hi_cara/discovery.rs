//! Who is there, under which name, and what happens to it.

use std::time::Duration;

use madoguchi_driver_api::{Capability, Driver, Error, Event, Host};
use madoguchi_twin::device::{Act, At, DeviceFaults, Generation, What};

use crate::desk::{Desk, long, one, seen, start};

const OLD: [Capability; 5] = [
    Capability::Face,
    Capability::PinPad,
    Capability::NfcCard,
    Capability::NfcPhone,
    Capability::Screen,
];

#[test]
fn capabilities_are_what_each_device_says() {
    let desk = Desk::empty();
    assert_eq!(desk.readers(), []);
    let _old = desk.plug("1-1", "0001", Generation::Old);
    let _new = desk.plug("1-2", "0002", Generation::New);
    let mut bare = desk.options("1-3", "0003", Generation::New);
    bare.identity.capabilities = vec![Capability::NfcPhone];
    let _bare = start(bare);
    let mut readers = desk.wait_until("all", |readers| readers.len() == 3);
    readers.sort_by(|one, other| one.selector.cmp(&other.selector));
    let [old, new, bare] = &readers[..] else {
        panic!("{readers:?}")
    };
    assert_eq!((old.selector.as_str(), old.model.as_str()), ("0001", "Hi-CARA"));
    assert_eq!((old.firmware.as_str(), new.firmware.as_str()), ("1.4.2", "2.1.0"));
    // No 目視 of any kind on the old one, staff's word from the PC on the new one, none on the device on either.
    assert_eq!(old.capabilities, OLD);
    assert_eq!(new.capabilities, [&OLD[..], &[Capability::RemoteVisual]].concat());
    assert_eq!(bare.capabilities, [Capability::NfcPhone]);
    assert!(readers.iter().all(|reader| reader.unavailable.is_none()));
    assert!(!readers.iter().any(|reader| reader.card_present));
}

#[test]
fn a_device_keeps_its_selector_at_another_port_and_its_reader_goes_on() {
    let (desk, twin, mut reader) = one(Generation::New);
    twin.stage().insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    twin.stage()
        .act(Act::Replug {
            port: Some("2-4".to_owned()),
        })
        .unwrap();
    let mut response = Vec::new();
    let lost = reader.transmit(&[0, 0xA4, 4, 0x0C], &mut response, &long());
    assert_eq!(lost, Err(Error::ReaderRemoved));
    desk.wait_until("there again", |readers| {
        readers.len() == 1 && readers[0].selector == "0001" && readers[0].card_present
    });
    // What lay there powered is lost; a new power-up is on the device at its new place.
    reader.power_on(&long()).unwrap();
    reader
        .transmit(&[0, 0xA4, 4, 0x0C], &mut response, &long())
        .unwrap();
}

#[test]
fn two_devices_with_one_serial_are_two() {
    let desk = Desk::empty();
    let one = desk.plug("1-1", "0001", Generation::New);
    assert_eq!(desk.readers().len(), 1);
    let _two = desk.plug("1-2", "0001", Generation::Old);
    let readers = desk.wait_until("both", |readers| readers.len() == 2);
    assert_eq!(readers[0].selector, "0001");
    assert_eq!(readers[1].selector, "0001#1");
    assert_eq!(readers[1].firmware, "1.4.2");
    let mut second = desk.open("0001#1");
    one.stage().insert("adult").unwrap();
    assert_eq!(second.power_on(&long()), Err(Error::NoCard));
    assert!(desk.open("0001").power_on(&long()).is_ok());
}

#[test]
fn a_device_without_a_serial_is_called_by_its_port() {
    let desk = Desk::empty();
    let _twin = desk.plug("1-1", "", Generation::New);
    let readers = desk.wait_until("listed", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_none()
    });
    assert!(readers[0].selector.ends_with("1-1.toml"), "{readers:?}");
    assert!(desk.driver.open(&readers[0].selector, &long()).is_ok());
}

#[test]
fn a_device_that_does_not_answer_is_listed_with_the_reason() {
    let desk = Desk::empty();
    let mut options = desk.options("1-1", "0001", Generation::New);
    options.faults = DeviceFaults::one(At::Received(1), What::Freeze { for_ms: Some(3000) });
    let _twin = start(options);
    let readers = desk.wait_until("listed", |readers| readers.len() == 1);
    assert_eq!(readers[0].selector, "0001");
    assert!(
        matches!(readers[0].unavailable, Some(Error::ReaderUnavailable { .. })),
        "{readers:?}"
    );
    assert!(desk.driver.open("0001", &long()).is_err());
    desk.wait_until("thawed", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_none()
    });
}

#[test]
fn what_happens_is_told_in_order() {
    let desk = Desk::empty();
    let twin = desk.plug("1-1", "0001", Generation::New);
    desk.wait_for(
        "the reader",
        |event| matches!(event, Event::ReaderChanged(info) if info.selector == "0001" && info.unavailable.is_none()),
    );
    let stage = twin.stage();
    stage.act(Act::Touch).unwrap();
    // A phone that is held up before the screen was touched is the early tap.
    stage.insert("iphone").unwrap();
    stage.act(Act::Remove).unwrap();
    stage.insert("adult").unwrap();
    stage.act(Act::InsertBeside(insert("android"))).unwrap();
    stage.act(Act::Remove).unwrap();
    let selector = || "0001".to_owned();
    let told: Vec<_> = (0..6).map(|_| desk.wait_for("all of it", |_| true)).collect();
    assert_eq!(
        told,
        [
            Event::Touched { selector: selector() },
            Event::CardInserted { selector: selector() },
            Event::CardGone { selector: selector() },
            Event::CardInserted { selector: selector() },
            // The card left, the phone beside it stays.
            Event::CardGone { selector: selector() },
            Event::CardInserted { selector: selector() },
        ]
    );
    // Nothing without a chip is noticed by an antenna.
    stage.act(Act::Remove).unwrap();
    stage.insert("paper-card").unwrap();
    drop(twin);
    let told: Vec<_> = (0..2).map(|_| desk.wait_for("the end", |_| true)).collect();
    assert_eq!(
        told,
        [
            Event::CardGone { selector: selector() },
            Event::ReaderGone { selector: selector() },
        ]
    );
    assert_eq!(desk.readers(), []);
}

pub(crate) fn insert(persona: &str) -> madoguchi_twin::device::Insert {
    let Act::Insert(insert) = Act::insert(persona) else {
        panic!("no insert")
    };
    insert
}

#[test]
fn a_card_that_lies_there_when_the_device_is_plugged_in_is_known() {
    let (desk, twin, reader) = one(Generation::Old);
    let stage = twin.stage();
    stage.insert("adult").unwrap();
    stage.act(Act::Replug { port: None }).unwrap();
    desk.wait_until("with its card", |readers| {
        readers.len() == 1 && readers[0].card_present
    });
    drop(reader);
    assert!(desk.open("0001").power_on(&long()).is_ok());
}

#[test]
fn a_lost_notice_is_made_up_for() {
    for generation in [Generation::Old, Generation::New] {
        let (desk, twin, _reader) = one(generation);
        let stage = twin.stage();
        let spoilt = DeviceFaults::one(At::Sent(1), What::WrongChecksum);
        stage.act(Act::Faults(spoilt)).unwrap();
        stage.insert("adult").unwrap();
        desk.wait_until("the card all the same", |readers| readers[0].card_present);
        // One that never arrives shows at the next one's number.
        let lost = DeviceFaults::one(At::Sent(1), What::Lost);
        stage.act(Act::Faults(lost)).unwrap();
        stage.act(Act::Remove).unwrap();
        stage.act(Act::Touch).unwrap();
        desk.wait_until("no card", |readers| !readers[0].card_present);
    }
}

#[test]
fn a_restart_is_a_device_that_left_and_came() {
    let (desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    stage.insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    stage.act(Act::Reboot { takes_ms: 100 }).unwrap();
    let mut response = Vec::new();
    let lost = reader.transmit(&[0, 0xA4, 4, 0x0C], &mut response, &long());
    assert_eq!(lost, Err(Error::ReaderRemoved));
    desk.wait_until("there again", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_none()
    });
    seen(stage, "connected", |state| state.connected);
    reader.power_on(&long()).unwrap();
}

#[test]
fn what_is_wrong_in_the_settings_is_named() {
    let host = Host::new(|_, _| {}).with_settings(r#"{"link": "/tmp"}"#);
    let wrong = madoguchi_driver_canon::driver(host).err();
    let Some(Error::ReaderUnavailable { detail }) = wrong else {
        panic!("{wrong:?}")
    };
    assert!(
        detail.contains("drivers.settings.canon") && detail.contains("link"),
        "{detail}"
    );
    let driver = Desk::empty().driver;
    assert_eq!(driver.info().id, "canon");
    assert_eq!(driver.next_event(Duration::ZERO), Ok(None));
}
