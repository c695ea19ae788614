//! The driver over the real hidapi: the twin stands behind a node that umockdev makes of its link, and the driver knows
//! of no link.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod world;

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_card::{ExtendedLength, Jpki};
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, Screen};
use madoguchi_driver_api::{Call, CancelFlag, Driver, Error, Event};
use madoguchi_twin::device::Act;

use world::{LONG, Session, isolated, long, seen};

fn screen() -> Screen {
    Screen {
        page: Page::Register,
        language: "ja".to_owned(),
    }
}

#[test]
fn a_card_is_read_and_signs_after_the_face_was_verified() {
    isolated("a_card_is_read_and_signs_after_the_face_was_verified", |world| {
        let twin = world.plug("1-1", "0001");
        let readers = world.readers(|readers| readers.len() == 1);
        assert_eq!(
            (readers[0].selector.as_str(), &readers[0].unavailable),
            ("0001", &None)
        );
        let mut reader = world.driver.open("0001", &long()).unwrap();
        twin.stage().insert("adult").unwrap();
        reader.power_on(&long()).unwrap();
        let mut session = Session(&mut *reader);
        let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
        jpki.select().unwrap();
        jpki.label().unwrap();
        let certificate = jpki.certificate().unwrap();
        assert!(certificate.as_bytes().len() > 1000);
        assert!(jpki.sign(b"challenge").is_err(), "nobody was verified yet");
        let face = FaceRequest {
            again_because: None,
            language: "ja".to_owned(),
        };
        assert_eq!(session.0.verify_face(&face, &long()), Ok(FaceOutcome::Match));
        let signature = Jpki::new(&mut session, ExtendedLength::Unknown).sign(b"challenge");
        assert_eq!(signature.unwrap().len(), 256);
    });
}

#[test]
fn a_button_is_pressed_and_a_page_is_called_off() {
    isolated("a_button_is_pressed_and_a_page_is_called_off", |world| {
        let twin = world.plug("1-1", "0001");
        world.readers(|readers| readers.len() == 1);
        let mut reader = world.driver.open("0001", &long()).unwrap();
        thread::scope(|scope| {
            let presented = scope.spawn(|| reader.present(&screen(), &long()));
            seen(twin.stage(), |state| state.panel.is_some());
            twin.stage().act(Act::press(Answer::Yes)).unwrap();
            assert_eq!(presented.join().unwrap(), Ok(Answer::Yes));
        });
        let flag = CancelFlag::default();
        let call = Call::new(Instant::now() + LONG, flag.clone());
        thread::scope(|scope| {
            let presented = scope.spawn(|| (reader.present(&screen(), &call), Instant::now()));
            // The page before stays until this one is there.
            seen(twin.stage(), |state| state.shown == 2);
            let since = Instant::now();
            flag.cancel();
            let (result, ended) = presented.join().unwrap();
            assert_eq!(result, Err(Error::Cancelled));
            assert!(ended - since < Call::PATIENCE, "{:?}", ended - since);
        });
        seen(twin.stage(), |state| state.panel.is_none());
    });
}

#[test]
fn a_device_is_pulled_in_a_call_and_returns_at_another_port() {
    isolated(
        "a_device_is_pulled_in_a_call_and_returns_at_another_port",
        |world| {
            let twin = world.plug("1-1", "0001");
            world.readers(|readers| readers.len() == 1);
            let mut reader = world.driver.open("0001", &long()).unwrap();
            thread::scope(|scope| {
                let presented = scope.spawn(|| reader.present(&screen(), &long()));
                seen(twin.stage(), |state| state.panel.is_some());
                let port = Some("2-4".to_owned());
                twin.stage().act(Act::Replug { port }).unwrap();
                assert_eq!(presented.join().unwrap(), Err(Error::ReaderRemoved));
            });
            let mut told = Vec::new();
            while told.len() < 3 {
                if let Some(event) = world.driver.next_event(Duration::from_millis(100)).unwrap() {
                    told.push(match event {
                        Event::ReaderChanged(info) => format!("{} is there", info.selector),
                        Event::ReaderGone { selector } => format!("{selector} is gone"),
                        other => format!("{other:?}"),
                    });
                }
            }
            assert_eq!(told, ["0001 is there", "0001 is gone", "0001 is there"]);
            twin.stage().insert("adult").unwrap();
            reader.power_on(&long()).unwrap();
        },
    );
}
