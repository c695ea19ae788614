//! Who is there, under which name, and what happens to it.

use std::time::Duration;

use madoguchi_driver_api::{Capability, Driver, Error, Event, Host};
use madoguchi_twin::device::{Act, At, DeviceFaults, Generation, What};

use crate::desk::{Desk, long, one, seen, start};

#[test]
fn capabilities_are_what_each_device_says() {
    let desk = Desk::empty();
    assert_eq!(desk.readers(), []);
    let _old = desk.plug("1-1", "0001", Generation::Old);
    let _new = desk.plug("1-2", "0002", Generation::New);
    let readers = desk.readers();
    let [old, new] = &readers[..] else {
        panic!("{readers:?}")
    };
    let common = [
        Capability::Face,
        Capability::PinPad,
        Capability::NfcCard,
        Capability::Screen,
    ];
    assert_eq!(old.selector, "0001");
    assert_eq!((old.model.as_str(), old.firmware.as_str()), ("Caora", "1.8.2"));
    assert_eq!(old.capabilities, common);
    assert_eq!((new.model.as_str(), new.firmware.as_str()), ("Caora II", "2.3.0"));
    let more = [Capability::StaffVisual, Capability::RemoteVisual];
    assert!(
        common
            .iter()
            .chain(&more)
            .all(|one| new.capabilities.contains(one))
    );
    assert_eq!(new.capabilities.len(), common.len() + more.len());
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
    assert_eq!(readers[1].model, "Caora");
    let mut second = desk.open("0001#1");
    one.stage().insert("adult").unwrap();
    assert_eq!(second.power_on(&long()), Err(Error::NoCard));
    assert!(desk.open("0001").power_on(&long()).is_ok());
}

#[test]
fn a_device_that_does_not_answer_is_listed_with_the_reason() {
    let desk = Desk::empty();
    let mut options = desk.options("1-1", "0001", Generation::New);
    options.faults = DeviceFaults::one(At::Received(1), What::Freeze { for_ms: Some(3000) });
    let _twin = start(options);
    let readers = desk.wait_until("listed", |readers| readers.len() == 1);
    assert_eq!(readers[0].selector, "0001");
    assert!(readers[0].unavailable.is_some(), "{readers:?}");
    assert!(desk.driver.open("0001", &long()).is_err());
    let readers = desk.wait_until("thawed", |readers| readers[0].unavailable.is_none());
    assert_eq!(readers[0].selector, "0001");
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
    stage.insert("adult").unwrap();
    stage.act(Act::Remove).unwrap();
    let selector = || "0001".to_owned();
    let told: Vec<_> = (0..3)
        .map(|_| desk.wait_for("a touch, a card", |_| true))
        .collect();
    assert_eq!(
        told,
        [
            Event::Touched { selector: selector() },
            Event::CardInserted { selector: selector() },
            Event::CardGone { selector: selector() },
        ]
    );
    drop(twin);
    let gone = desk.wait_for("gone", |event| matches!(event, Event::ReaderGone { .. }));
    assert_eq!(gone, Event::ReaderGone { selector: selector() });
    assert_eq!(desk.readers(), []);
}

#[test]
fn a_lost_notice_is_made_up_for() {
    let (desk, twin, _reader) = one(Generation::New);
    let stage = twin.stage();
    let garbage = DeviceFaults::one(At::Sent(1), What::WrongChecksum);
    stage.act(Act::Faults(garbage)).unwrap();
    stage.insert("adult").unwrap();
    desk.wait_until("the card all the same", |readers| readers[0].card_present);
    // One that never arrives shows at the next one's number.
    let lost = DeviceFaults::one(At::Sent(1), What::Lost);
    stage.act(Act::Faults(lost)).unwrap();
    stage.act(Act::Remove).unwrap();
    stage.act(Act::Touch).unwrap();
    desk.wait_until("no card", |readers| !readers[0].card_present);
}

#[test]
fn a_last_notice_that_is_lost_is_made_up_for_in_a_while() {
    let (desk, twin, _reader) = one(Generation::New);
    let lost = DeviceFaults::one(At::Sent(1), What::Lost);
    twin.stage().act(Act::Faults(lost)).unwrap();
    twin.stage().insert("adult").unwrap();
    desk.wait_until("the card all the same", |readers| readers[0].card_present);
}

#[test]
fn a_device_that_restarts_has_left_and_come() {
    let (desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    stage.insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    stage.act(Act::Reboot { takes_ms: 100 }).unwrap();
    let mut response = Vec::new();
    let lost = reader.transmit(&[0, 0xA4, 4, 0x0C], &mut response, &long());
    assert!(
        matches!(lost, Err(Error::ReaderRemoved | Error::CardReset)),
        "{lost:?}"
    );
    desk.wait_until("there again", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_none()
    });
    seen(stage, "connected", |state| state.connected);
    reader.power_on(&long()).unwrap();
}

#[test]
fn what_is_wrong_in_the_settings_is_named() {
    let host = Host::new(|_, _| {}).with_settings(r#"{"admin_cod": "1"}"#);
    let wrong = madoguchi_driver_fujitsu::driver(host).err();
    let Some(Error::ReaderUnavailable { detail }) = wrong else {
        panic!("{wrong:?}")
    };
    assert!(detail.contains("drivers.settings.fujitsu") && detail.contains("admin_cod"));
    let driver = Desk::empty().driver;
    assert_eq!(driver.info().id, "fujitsu");
    assert_eq!(driver.next_event(Duration::ZERO), Ok(None));
}
