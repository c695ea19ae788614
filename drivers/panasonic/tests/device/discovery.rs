//! Who is there, and when both halves are.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, Page};
use madoguchi_driver_api::{Capability, Driver as _, Error, Event, Host, ReaderInfo};
use madoguchi_twin::device::{Act, Generation};

use crate::world::{SERIAL, Start, World, call, isolated, plug, screen};

const NEW: [Capability; 6] = [
    Capability::Face,
    Capability::PinPad,
    Capability::StaffVisual,
    Capability::RemoteVisual,
    Capability::Screen,
    Capability::NfcCard,
];

fn changed(event: &Event) -> Option<&ReaderInfo> {
    match event {
        Event::ReaderChanged(info) => Some(info),
        _ => None,
    }
}

#[test]
fn both_halves_are_one_reader() {
    isolated("discovery::both_halves_are_one_reader", |folder| {
        let world = World::new(folder);
        let info = world.only();
        assert_eq!(
            (info.selector.as_str(), info.model.as_str()),
            (SERIAL, "XC-STFR1J-MN")
        );
        assert_eq!((info.firmware.as_str(), info.card_present), ("2.1.0", false));
        assert_eq!(
            (info.capabilities.as_slice(), &info.unavailable),
            (&NEW[..], &None)
        );
        world.event("the reader", |event| changed(event) == Some(&info));
        assert_eq!(
            world.driver.open("nobody", &call()).err(),
            Some(Error::ReaderRemoved)
        );
    });
}

#[test]
fn the_old_generation_says_that_it_is_solitary() {
    isolated(
        "discovery::the_old_generation_says_that_it_is_solitary",
        |folder| {
            let old = Start {
                generation: Generation::Old,
                ..Start::default()
            };
            let info = World::start(folder, &old).only();
            let solitary = [&NEW[..], &[Capability::Solitary]].concat();
            assert_eq!((info.firmware.as_str(), info.capabilities), ("1.4.2", solitary));
        },
    );
}

#[test]
fn a_device_without_its_slot_is_listed_with_the_reason() {
    isolated(
        "discovery::a_device_without_its_slot_is_listed_with_the_reason",
        |folder| {
            let elsewhere = Start {
                slot: "Slot of another PC",
                ..Start::default()
            };
            let world = World::start(folder, &elsewhere);
            let info = world.only();
            let Some(Error::ReaderUnavailable { detail }) = info.unavailable else {
                panic!("{info:?}");
            };
            assert!(detail.contains("Slot of another PC"), "{detail}");
            assert!(matches!(
                world.driver.open(SERIAL, &call()).err(),
                Some(Error::ReaderUnavailable { .. })
            ));
        },
    );
}

#[test]
fn the_configuration_names_a_slot_that_the_device_does_not() {
    isolated(
        "discovery::the_configuration_names_a_slot_that_the_device_does_not",
        |folder| {
            let configured = Start {
                slot: "Slot of another PC",
                // For one device, by what the generic driver calls its slot, before what is said for all.
                settings: r#", "slot": "nobody's", "slots": {"P-0042": "virtual-pcd-0#0"}"#,
                ..Start::default()
            };
            let world = World::start(folder, &configured);
            assert_eq!(world.only().unavailable, None);
            world.powered("adult").power_off();
        },
    );
}

#[test]
fn a_slot_that_two_readers_could_be_is_none() {
    isolated("discovery::a_slot_that_two_readers_could_be_is_none", |folder| {
        let vague = Start {
            slot: "Virtual PCD",
            ..Start::default()
        };
        let info = World::start(folder, &vague).only();
        assert!(
            matches!(&info.unavailable, Some(Error::ReaderUnavailable { detail }) if detail.contains("more than one")),
            "{info:?}"
        );
    });
}

#[test]
fn a_device_appears_once_both_halves_are_there() {
    isolated(
        "discovery::a_device_appears_once_both_halves_are_there",
        |folder| {
            let mut world = World::new(folder);
            world.drain();
            world
                .open()
                .present(&screen(Page::TakeCard, "ja"), &call())
                .unwrap();
            world.pcscd.kill();
            world.event("gone with its slot", |event| {
                changed(event).is_some_and(|info| info.unavailable == Some(Error::ServiceUnavailable))
            });
            assert_eq!(world.only().unavailable, Some(Error::ServiceUnavailable));
            assert_eq!(
                world.stage().state().unwrap().page(),
                None,
                "nothing is left on the screen"
            );
            world.pcscd.restart().unwrap();
            world.event("back with its slot", |event| {
                changed(event).is_some_and(|info| info.selector == SERIAL && info.unavailable.is_none())
            });
            world.powered("adult").power_off();
        },
    );
}

#[test]
fn a_device_keeps_its_selector_at_another_port() {
    isolated(
        "discovery::a_device_keeps_its_selector_at_another_port",
        |folder| {
            let world = World::new(folder);
            world.drain();
            let mut reader = world.open();
            let replug = Act::Replug {
                port: Some("2-4".into()),
            };
            world.stage().act(replug).unwrap();
            world.event("gone", |event| {
                *event
                    == Event::ReaderGone {
                        selector: SERIAL.into(),
                    }
            });
            world.event("back", |event| {
                changed(event).is_some_and(|info| info.selector == SERIAL && info.unavailable.is_none())
            });
            // The reader that was open finds it again.
            let answer = reader.present(&screen(Page::Idle, "ja"), &call());
            assert_eq!(answer, Ok(Answer::Seen));
        },
    );
}

#[test]
fn two_devices_with_one_serial_number_are_told_apart() {
    isolated(
        "discovery::two_devices_with_one_serial_number_are_told_apart",
        |folder| {
            let world = World::new(folder);
            assert_eq!(world.only().selector, SERIAL);
            let other = plug(
                world.links(),
                "1-2",
                Generation::Old,
                "Virtual PCD 0 00 01",
                world.pcscd.vpcd_addr(1),
            );
            let second = format!("{SERIAL}#1");
            world.event("the second", |event| {
                changed(event).is_some_and(|info| info.selector == second && info.unavailable.is_none())
            });
            let mut reader = world.driver.open(&second, &call()).unwrap();
            other.stage().insert("child").unwrap();
            world.event("its card", |event| {
                *event
                    == Event::CardInserted {
                        selector: second.clone(),
                    }
            });
            reader.power_on(&call()).unwrap();
            drop(reader);
            drop(other);
            world.event("its end", |event| {
                *event
                    == Event::ReaderGone {
                        selector: second.clone(),
                    }
            });
            assert_eq!(world.only().selector, SERIAL);
        },
    );
}

#[test]
fn a_driver_that_ends_leaves_nothing_on_the_screen() {
    isolated(
        "discovery::a_driver_that_ends_leaves_nothing_on_the_screen",
        |folder| {
            let World {
                driver,
                twin,
                pcscd: _pcscd,
                ..
            } = World::new(folder);
            let mut reader = driver.open(SERIAL, &call()).unwrap();
            reader.present(&screen(Page::TakeCard, "ja"), &call()).unwrap();
            drop(reader);
            drop(driver);
            assert_eq!(twin.stage().state().unwrap().page(), None);
        },
    );
}

#[test]
fn the_plugin_is_what_its_manifest_says() {
    let library = madoguchi_fixture_build::library("madoguchi-plugin-panasonic").unwrap();
    let loaded = madoguchi_driver_abi::load(&library, Host::new(|_, _| {})).unwrap();
    let manifest = include_str!("../../../../plugins/panasonic/plugin.toml");
    let info = loaded.driver.info();
    for (key, value) in [("id", info.id), ("maker", info.maker), ("version", info.version)] {
        assert!(
            manifest.contains(&format!("\n{key} = \"{value}\"\n")),
            "{key} {value}"
        );
    }
}

#[test]
fn events_tell_touches_and_cards_while_nobody_waits() {
    isolated(
        "discovery::events_tell_touches_and_cards_while_nobody_waits",
        |folder| {
            let world = World::new(folder);
            let selector = || SERIAL.to_owned();
            world.only();
            world.stage().act(Act::Touch).unwrap();
            world.event("touched", |event| {
                *event == Event::Touched { selector: selector() }
            });
            world.insert("adult");
            assert!(world.only().card_present);
            world.stage().act(Act::Remove).unwrap();
            world.event("card out", |event| {
                *event == Event::CardGone { selector: selector() }
            });
            assert!(!world.only().card_present);
            world.driver.interrupt();
            assert_eq!(world.driver.next_event(Duration::from_secs(60)), Ok(None));
        },
    );
}
