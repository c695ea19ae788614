//! Every part of the contract through a library in C and back, and each way in which one can be broken.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_core::consent::QuestionItem;
use madoguchi_driver_abi::{LoadError, load};
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{
    Call, CancelFlag, Capability, Driver, Error, Event, Host, Item, LogLevel, Medium, Method, PoweredCard,
    Reader, control,
};

const SOON: Duration = Duration::from_secs(10);

/// The fixture's own codes.
mod code {
    pub(super) const INSERT_CARD: u32 = 0x10005;
    pub(super) const REMOVE_CARD: u32 = 0x10006;
    pub(super) const WAIT: u32 = 0x10008;
    pub(super) const SETTINGS: u32 = 0x10009;
    pub(super) const FLOOD: u32 = 0x1000A;
    pub(super) const FAIL: u32 = 0x1000B;
}

fn plugin(defines: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    madoguchi_fixture_build::c_library(&["tests/plugins/c/fixture.c"], defines, folder).unwrap()
}

fn driver(defines: &[&str]) -> (Box<dyn Driver>, Receiver<(LogLevel, String)>) {
    let (log, lines) = sync_channel(64);
    let host = Host::new(move |level, line| log.send((level, line.to_owned())).unwrap());
    let loaded = load(&plugin(defines), host.with_settings(r#"{"port":"7"}"#)).unwrap();
    assert_eq!(loaded.abi_version, 101);
    (loaded.driver, lines)
}

fn call() -> Call {
    Call::within(SOON)
}

fn open(driver: &dyn Driver) -> Box<dyn Reader> {
    driver.open("fake-1", &call()).unwrap()
}

fn screen(page: Page) -> Screen {
    Screen {
        page,
        language: "ja".into(),
    }
}

fn plan(challenge: &[u8]) -> Plan {
    Plan {
        media: vec![Medium::Card],
        consents: vec![QuestionItem {
            item: Item::Medication,
            text: "薬剤情報".into(),
        }],
        language: "ja".into(),
        challenge: challenge.to_vec(),
    }
}

fn pin_request(digits: u8) -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits,
        tries_left: None,
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".into(),
    }
}

#[test]
fn the_driver_says_what_it_is_and_has_and_is_stopped_last() {
    let (driver, lines) = driver(&[]);
    let info = driver.info();
    assert_eq!((info.id.as_str(), info.version.as_str()), ("c-fixture", "0.1.0"));
    let readers = driver.readers().unwrap();
    let found: Vec<_> = readers
        .iter()
        .map(|info| (info.selector.as_str(), info.card_present))
        .collect();
    assert_eq!(found, [("fake-1", true), ("fake-2", false)]);
    // It also says that it can SMELL, which this contract does not know.
    assert_eq!(readers[0].capabilities.len(), 6);
    assert!(readers[0].capabilities.contains(&Capability::Delegated));
    assert_eq!(driver.open("nowhere", &call()).err(), Some(Error::ReaderRemoved));
    assert_eq!(driver.open("fake-1\0", &call()).err(), Some(Error::ReaderRemoved));

    let mut reader = open(&*driver);
    drop(driver);
    assert_eq!(
        reader.control(control::ECHO, b"alive", &call()).unwrap(),
        b"alive"
    );
    drop(reader);
    let said: Vec<_> = lines.try_iter().collect();
    let expected = [
        (LogLevel::Info, "the fixture started"),
        (LogLevel::Debug, "closed"),
        (LogLevel::Info, "the fixture stopped"),
    ];
    assert_eq!(said, expected.map(|(level, line)| (level, line.to_owned())));
}

#[test]
fn events_cross_in_order_and_a_wait_is_interrupted() {
    let (driver, _lines) = driver(&[]);
    let mut reader = open(&*driver);
    assert_eq!(driver.next_event(Duration::ZERO), Ok(None));
    reader.control(code::REMOVE_CARD, b"", &call()).unwrap();
    reader.control(code::INSERT_CARD, b"", &call()).unwrap();
    let selector = || "fake-1".to_owned();
    assert_eq!(
        driver.next_event(SOON),
        Ok(Some(Event::CardGone { selector: selector() }))
    );
    assert_eq!(
        driver.next_event(SOON),
        Ok(Some(Event::CardInserted { selector: selector() }))
    );
    thread::scope(|scope| {
        let waiting = scope.spawn(|| driver.next_event(Duration::from_secs(60)));
        driver.interrupt();
        assert_eq!(waiting.join().unwrap(), Ok(None));
    });
}

#[test]
fn a_card_answers_and_is_powered_off() {
    let (driver, _lines) = driver(&[]);
    let mut reader = open(&*driver);
    let mut response = vec![0xEE; 9];
    {
        let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
        assert_eq!(card.atr().0[..2], [0x3B, 0xE0]);
        card.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x00], &mut response, &call())
            .unwrap();
        assert_eq!(response, [0x00, 0xB0, 0x00, 0x00, 0x00, 0x90, 0x00]);
        card.transmit(&[0x00], &mut response, &call()).unwrap();
        assert_eq!(response, [0x00, 0x90, 0x00], "nothing of the one before");
        assert_eq!(card.reader().accept_visual(&call()), Ok(()));
    }
    assert_eq!(
        reader.transmit(&[0, 0, 0, 0], &mut response, &call()),
        Err(Error::CardRemoved)
    );
    assert_eq!(reader.accept_visual(&call()), Err(Error::NoCard));
    let mut empty = driver.open("fake-2", &call()).unwrap();
    assert_eq!(empty.power_on(&call()), Err(Error::NoCard));
}

#[test]
fn screens_pins_and_faces_cross() {
    let (driver, _lines) = driver(&[]);
    let mut reader = open(&*driver);
    let choose = Page::ChooseMedium {
        options: vec![Medium::IPhone, Medium::Card],
        notice: None,
    };
    for (page, answer) in [
        (choose, Ok(Answer::Medium(Medium::IPhone))),
        (Page::TakeCard, Ok(Answer::Seen)),
        (Page::StaffCheck, Err(Error::Unsupported)),
    ] {
        assert_eq!(reader.present(&screen(page), &call()), answer);
    }
    let pin = reader.enter_pin(&pin_request(4), &call()).unwrap().unwrap();
    assert_eq!(pin.expose(), b"1234");
    assert!(reader.enter_pin(&pin_request(6), &call()).unwrap().is_none());
    let face = |again_because| FaceRequest {
        again_because,
        language: "ja".into(),
    };
    assert_eq!(reader.verify_face(&face(None), &call()), Ok(FaceOutcome::NoFace));
    assert_eq!(
        reader.verify_face(&face(Some(FaceOutcome::NoFace)), &call()),
        Ok(FaceOutcome::Match)
    );
}

#[test]
fn a_delegated_visit_reports_its_progress() {
    let (driver, _lines) = driver(&[]);
    let mut reader = open(&*driver);
    let mut steps = Vec::new();
    let outcome = reader.run_visit(&plan(&[1, 2, 3]), &mut |step| steps.push(step), &call());
    assert_eq!(
        steps,
        [
            Progress::ChoosingMedium,
            Progress::WaitingForCard,
            Progress::Signing
        ],
        "without the step of the future"
    );
    let Ok(Outcome::Verified {
        method,
        signature,
        decisions,
        ..
    }) = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (method, signature, decisions.len()),
        (Method::Face, vec![3, 2, 1], 1)
    );
    assert_eq!(
        reader.run_visit(&plan(&[9]), &mut |_| panic!("a sink that fails"), &call()),
        Err(Error::Protocol {
            detail: "another challenge".into()
        }),
        "a panic of the host's does not unwind into C"
    );
}

#[test]
fn a_call_is_bounded_and_cancelled_soon() {
    let (driver, _lines) = driver(&[]);
    let mut reader = open(&*driver);
    assert_eq!(
        reader.control(code::WAIT, b"", &Call::within(Duration::from_millis(20))),
        Err(Error::Timeout)
    );
    let flag = CancelFlag::default();
    let cancelled = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let (started, begun) = sync_channel(0);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            started.send(()).unwrap();
            reader.present(&screen(Page::Register), &cancelled)
        });
        begun.recv().unwrap();
        flag.cancel();
        assert_eq!(waiting.join().unwrap(), Err(Error::Cancelled));
    });
}

#[test]
fn settings_and_details_cross_and_too_much_is_refused() {
    let (driver, _lines) = driver(&[]);
    let mut reader = open(&*driver);
    let mut control = |code| reader.control(code, b"", &call());
    assert_eq!(control(code::SETTINGS).unwrap(), br#"{"port":"7"}"#);
    let unavailable = |detail: &str| Error::ReaderUnavailable {
        detail: detail.to_owned(),
    };
    assert_eq!(control(code::FAIL), Err(unavailable("the lamp is broken")));
    assert_eq!(
        control(code::FLOOD),
        Err(Error::Protocol {
            detail: "control: longer than its room".into()
        })
    );
    assert_eq!(control(4711), Err(Error::Unsupported));
}

#[test]
fn a_driver_for_cards_alone_leaves_the_rest_null() {
    let (driver, _lines) = driver(&["CARDS_ONLY"]);
    let mut reader = open(&*driver);
    let unsupported = Some(Error::Unsupported);
    let face = FaceRequest {
        again_because: None,
        language: String::new(),
    };
    assert_eq!(reader.present(&screen(Page::Idle), &call()).err(), unsupported);
    assert_eq!(reader.enter_pin(&pin_request(4), &call()).err(), unsupported);
    assert_eq!(reader.verify_face(&face, &call()).err(), unsupported);
    assert_eq!(reader.accept_visual(&call()).err(), unsupported);
    assert_eq!(
        reader.run_visit(&plan(&[]), &mut |_| (), &call()).err(),
        unsupported
    );
    assert_eq!(reader.control(code::SETTINGS, b"", &call()).err(), unsupported);
    assert_eq!(reader.control(control::ECHO, b"x", &call()).unwrap(), b"x");
    assert!(PoweredCard::power_on(&mut *reader, &call()).is_ok());
}

#[test]
fn a_later_minor_version_is_loaded_for_what_is_known() {
    let (driver, _lines) = driver(&["LATER_MINOR"]);
    assert_eq!(driver.readers().unwrap().len(), 2);
    assert!(PoweredCard::power_on(&mut *open(&*driver), &call()).is_ok());
}

#[test]
fn each_way_to_be_broken_is_refused_with_one_line() {
    let abi = "the library was built for another plugin border: ";
    let start = "the driver did not start: ";
    for (define, line) in [
        (
            "WRONG_MAGIC",
            format!("{abi}its magic is 0x12345678, not 0x4d444731"),
        ),
        (
            "WRONG_MAJOR",
            format!("{abi}expected version 1 of the C border, found 2.0"),
        ),
        (
            "SHORT_STRUCT",
            format!("{abi}its struct has 96 bytes, version 1.0 has 152"),
        ),
        ("NO_SYMBOL", format!("{abi}it exports no madoguchi driver")),
        ("NULL_ENTRY", format!("{abi}its entry answered NULL")),
        ("NULL_FUNCTION", format!("{abi}its `transmit` is NULL")),
        (
            "REFUSE_START",
            format!("{start}the reader cannot be used: the fixture refuses to start"),
        ),
        ("NO_DRIVER", format!("{start}protocol error: start: no driver")),
        (
            "BAD_INFO",
            format!("{start}protocol error: driver info: a body that this version does not know"),
        ),
    ] {
        let error: LoadError = load(&plugin(&[define]), Host::new(|_, _| {})).unwrap_err();
        assert_eq!(error.to_string(), line, "{define}");
    }
}

#[test]
fn what_breaks_later_is_an_error_then() {
    let (no_reader, _lines) = driver(&["NO_READER"]);
    assert_eq!(
        no_reader.open("fake-1", &call()).err(),
        Some(Error::Protocol {
            detail: "open: no reader".into()
        })
    );
    let (too_long, _lines) = driver(&["TOO_LONG"]);
    let mut reader = open(&*too_long);
    let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
    let mut response = Vec::new();
    assert_eq!(
        card.transmit(&[0; 4], &mut response, &call()),
        Err(Error::Protocol {
            detail: "response: longer than its room".into()
        })
    );
    assert!(response.is_empty());
}
