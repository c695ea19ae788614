//! Which devices there are: several behind one service, which may die and come back.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::visit::Outcome;
use madoguchi_driver_api::{Capability, Driver, Error, Event, Host, Medium};
use madoguchi_twin::device::makers::atlas::{AtlasService, Member, TOKEN};
use madoguchi_twin::device::{Act, Generation, Patient, Twin};

use crate::desk::{Desk, LONG, address, any_port, long, one, options, plan, seen, start};

fn member(twin: &Twin, port: &str) -> Member {
    Member {
        address: address(twin),
        port: port.to_owned(),
    }
}

fn two() -> (Twin, Twin) {
    (
        start(options("EXC1", Generation::New)),
        start(options("EXC2", Generation::Old)),
    )
}

fn service(new: &Twin, old: &Twin) -> AtlasService {
    let members = vec![member(new, "usb-1"), member(old, "usb-2")];
    AtlasService::start(any_port(), TOKEN, None, members).unwrap()
}

fn completed() -> Screen {
    Screen {
        page: Page::Completed,
        language: "ja".to_owned(),
    }
}

#[test]
fn two_devices_behind_one_service_are_two_readers() {
    let (new, old) = two();
    let service = service(&new, &old);
    let desk = Desk::at(service.address());
    assert_eq!(desk.driver.info().id, "atlas");
    let readers = desk.driver.readers().unwrap();
    let mut readers: Vec<_> = readers
        .iter()
        .map(|info| {
            assert_eq!(info.unavailable, None);
            (
                info.selector.as_str(),
                info.model.as_str(),
                info.capabilities.len(),
            )
        })
        .collect();
    readers.sort_unstable();
    assert_eq!(readers, [("EXC1", "EXC-9200", 7), ("EXC2", "EXC-9100", 1)]);
    // Both lead a visit at the same time, over one connection.
    let at_once = |selector: &'static str, twin: &Twin| {
        let mut reader = desk.open(selector);
        let visiting = Patient::new("adult")
            .start(twin.stage().clone(), None, LONG)
            .unwrap();
        std::thread::spawn(move || {
            let outcome = reader.run_visit(&plan(&[Medium::Card]), &mut |_| (), &long());
            drop(visiting);
            outcome
        })
    };
    let visits = [at_once("EXC1", &new), at_once("EXC2", &old)];
    for visit in visits {
        let outcome = visit.join().unwrap();
        assert!(matches!(outcome, Ok(Outcome::Verified { .. })), "{outcome:?}");
    }
}

#[test]
fn devices_come_and_go_and_their_cards_too() {
    let (new, old) = two();
    let service = service(&new, &old);
    let desk = Desk::at(service.address());
    // A card that lies there when its reader is first listed is not told of by itself.
    desk.wait_until("both", |readers| {
        readers.len() == 2 && readers.iter().all(|reader| reader.unavailable.is_none())
    });
    let stage = new.stage();
    stage.insert("adult").unwrap();
    let selector = || "EXC1".to_owned();
    desk.wait_for("a card", |event| {
        *event == Event::CardInserted { selector: selector() }
    });
    stage.act(Act::Remove).unwrap();
    desk.wait_for("no card", |event| {
        *event == Event::CardGone { selector: selector() }
    });
    stage.act(Act::Touch).unwrap();
    desk.wait_for("a finger", |event| {
        *event == Event::Touched { selector: selector() }
    });
    let mut reader = desk.open("EXC1");
    stage.act(Act::Unplug { back_after_ms: None }).unwrap();
    desk.wait_for("it is gone", |event| {
        *event == Event::ReaderGone { selector: selector() }
    });
    assert_eq!(reader.present(&completed(), &long()), Err(Error::ReaderRemoved));
    assert_eq!(desk.driver.readers().unwrap().len(), 1, "the other one is there");
    stage.act(Act::Replug { port: None }).unwrap();
    desk.wait_for("it is back", |event| {
        matches!(event, Event::ReaderChanged(info)
            if info.selector == "EXC1" && info.capabilities.contains(&Capability::Screen))
    });
    assert_eq!(reader.present(&completed(), &long()), Ok(Answer::Seen));
}

#[test]
fn a_device_that_is_unplugged_in_a_visit_ends_it_at_once() {
    let (new, old) = two();
    let service = service(&new, &old);
    let desk = Desk::at(service.address());
    let mut reader = desk.open("EXC1");
    let stage = new.stage().clone();
    let pulling = std::thread::spawn(move || {
        seen(&stage, "a page", |state| state.panel.is_some());
        stage.act(Act::Unplug { back_after_ms: None }).unwrap();
        Instant::now()
    });
    let outcome = reader.run_visit(&plan(&Medium::ALL), &mut |_| (), &long());
    assert_eq!(outcome, Err(Error::ReaderRemoved));
    let took = pulling.join().unwrap().elapsed();
    println!("unplugged → ended: {took:?}");
    assert!(took < Duration::from_secs(2));
}

#[test]
fn a_service_that_is_killed_in_a_visit_ends_it_and_is_found_again() {
    let (new, old) = two();
    let first = service(&new, &old);
    let at = first.address();
    let desk = Desk::at(at);
    let mut reader = desk.open("EXC1");
    let stage = new.stage().clone();
    let killing = std::thread::spawn(move || {
        stage.insert("adult").unwrap();
        seen(&stage, "a page", |state| state.panel.is_some());
        drop(first);
        seen(&stage, "off", |state| {
            state.panel.is_none() && !state.card.as_ref().unwrap().powered
        });
    });
    let outcome = reader.run_visit(&plan(&Medium::ALL), &mut |_| (), &long());
    assert_eq!(outcome, Err(Error::ServiceUnavailable));
    killing.join().unwrap();
    assert_eq!(desk.driver.readers(), Err(Error::ServiceUnavailable));
    let members = vec![member(&new, "usb-1"), member(&old, "usb-2")];
    let since = Instant::now();
    let _second = AtlasService::start(at, TOKEN, None, members).unwrap();
    desk.wait_until("both are back", |readers| {
        readers.len() == 2 && readers.iter().all(|info| info.unavailable.is_none())
    });
    println!("service back → readers back: {:?}", since.elapsed());
    // The same open reader goes on.
    assert_eq!(reader.present(&completed(), &long()), Ok(Answer::Seen));
}

#[test]
fn the_token_is_read_anew_from_its_file_after_each_start() {
    let (new, old) = two();
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("token");
    let members = || vec![member(&new, "usb-1"), member(&old, "usb-2")];
    let start = |at, token: &str| AtlasService::start(at, token, Some(file.clone()), members()).unwrap();
    let first = start(any_port(), "first-token");
    let at = first.address();
    let settings = format!(r#"{{"address": "{at}", "token_file": "{}"}}"#, file.display());
    let desk = Desk::with(&settings);
    assert_eq!(desk.driver.readers().unwrap().len(), 2);
    drop(first);
    let _second = start(at, "second-token");
    desk.wait_until("both", |readers| readers.len() == 2);
}

#[test]
fn a_service_that_does_not_know_us_has_no_readers() {
    let one = one(Generation::New);
    let wrong = format!(r#"{{"address": "{}", "token": "wrong"}}"#, address(&one.twin));
    let desk = Desk::with(&wrong);
    assert_eq!(desk.driver.readers(), Err(Error::ServiceUnavailable));
    let nobody = Desk::with(r#"{"address": "127.0.0.1:1", "token": "any"}"#);
    assert_eq!(nobody.driver.readers(), Err(Error::ServiceUnavailable));
    let away = Host::new(|_, _| ()).with_settings(r#"{"address": "192.0.2.1:39200"}"#);
    let refused = madoguchi_driver_atlas::driver(away).err();
    assert!(matches!(refused, Some(Error::ReaderUnavailable { detail }) if detail.contains("address")));
}
