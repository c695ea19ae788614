//! Every part of the contract through a real library and back.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_core::consent::QuestionItem;
use madoguchi_driver_abi::load;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{
    Call, CancelFlag, Capability, Driver, Error, Event, Host, Item, LogLevel, Medium, Method, PoweredCard,
    Reader, control,
};
use madoguchi_fixture::{CERTIFICATE, SECRET, code};

const SOON: Duration = Duration::from_secs(10);

fn plugin() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| madoguchi_fixture_build::library("madoguchi-fixture-full").unwrap())
        .clone()
}

/// A copy of the library for each test: the panic hook of a library is the one of whoever loaded it last.
fn driver() -> (Box<dyn Driver>, Receiver<(LogLevel, String)>) {
    let (log, lines) = sync_channel(64);
    let host = Host::new(move |level, line| log.send((level, line.to_owned())).unwrap());
    let host = host.with_settings(r#"{"port":"7"}"#);
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("plugin.so");
    fs::copy(plugin(), &library).unwrap();
    let loaded = load(&library, host).unwrap();
    assert_eq!(loaded.abi_version, 2);
    (loaded.driver, lines)
}

fn call() -> Call {
    Call::within(SOON)
}

fn open(driver: &dyn Driver) -> Box<dyn Reader> {
    driver.open("fake-1", &call()).unwrap()
}

fn pin_request(digits: u8) -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits,
        tries_left: Some(3),
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".into(),
    }
}

#[test]
fn the_driver_says_what_it_is_and_has() {
    let (driver, lines) = driver();
    let info = driver.info();
    assert_eq!(
        (info.id.as_str(), info.maker.as_str()),
        ("full", "madoguchi tests")
    );
    assert_eq!(
        lines.recv_timeout(SOON).unwrap(),
        (LogLevel::Info, "the fixture started".to_owned())
    );
    let readers = driver.readers().unwrap();
    let found: Vec<_> = readers
        .iter()
        .map(|info| (info.selector.as_str(), info.card_present))
        .collect();
    assert_eq!(found, [("fake-1", true), ("fake-2", false)]);
    assert!(readers[0].capabilities.contains(&Capability::Delegated));
    assert_eq!(driver.open("nowhere", &call()).err(), Some(Error::ReaderRemoved));
}

#[test]
fn events_cross_in_order_and_a_wait_is_interrupted() {
    let (driver, _lines) = driver();
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
    let (driver, _lines) = driver();
    let mut reader = open(&*driver);
    let mut response = Vec::new();
    {
        let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
        assert_eq!(card.atr().0[..2], [0x3B, 0xE0]);
        card.transmit(
            &[0x00, 0x20, 0x00, 0x80, 0x04, b'1', b'2', b'3', b'5'],
            &mut response,
            &call(),
        )
        .unwrap();
        assert_eq!(response, [0x63, 0xC2]);
        card.transmit(
            &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A],
            &mut response,
            &call(),
        )
        .unwrap();
        card.transmit(
            &[0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00],
            &mut response,
            &call(),
        )
        .unwrap();
        assert_eq!(
            response.split_last_chunk::<2>().unwrap(),
            (&CERTIFICATE[..], &[0x90, 0x00])
        );
    }
    assert_eq!(
        reader.transmit(&[0, 0, 0, 0], &mut response, &call()),
        Err(Error::CardRemoved)
    );
    assert_eq!(
        driver.open("fake-2", &call()).unwrap().power_on(&call()),
        Err(Error::NoCard)
    );
}

#[test]
fn screens_pins_and_faces_cross() {
    let (driver, _lines) = driver();
    let mut reader = open(&*driver);
    let screen = |page| Screen {
        page,
        language: "ja".into(),
    };
    let choose = screen(Page::ChooseMedium {
        options: vec![Medium::IPhone, Medium::Card],
        notice: None,
    });
    assert_eq!(
        reader.present(&choose, &call()),
        Ok(Answer::Medium(Medium::IPhone))
    );
    let ask = screen(Page::Consent {
        item: Item::Surgery,
        text: "手術情報".into(),
    });
    assert_eq!(reader.present(&ask, &call()), Ok(Answer::Yes));
    assert_eq!(reader.present(&screen(Page::TakeCard), &call()), Ok(Answer::Seen));
    let pin = reader.enter_pin(&pin_request(4), &call()).unwrap().unwrap();
    assert_eq!(pin.expose(), madoguchi_fixture::PIN);
    assert!(
        reader.enter_pin(&pin_request(6), &call()).unwrap().is_none(),
        "the patient chose not to"
    );
}

#[test]
fn a_face_is_asked_for_with_its_reason_and_staff_s_word_is_taken() {
    let (driver, _lines) = driver();
    let mut reader = open(&*driver);
    let face = |again_because, language: &str| FaceRequest {
        again_because,
        language: language.to_owned(),
    };
    for (request, outcome) in [
        (face(None, "ja"), FaceOutcome::Match),
        (face(None, "en"), FaceOutcome::NoFace),
        (face(Some(FaceOutcome::NoFace), "en"), FaceOutcome::Match),
        (
            face(Some(FaceOutcome::SeveralFaces), "en"),
            FaceOutcome::SeveralFaces,
        ),
    ] {
        assert_eq!(reader.verify_face(&request, &call()), Ok(outcome));
    }
    assert_eq!(reader.accept_visual(&call()), Err(Error::NoCard));
    let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
    assert_eq!(card.reader().accept_visual(&call()), Ok(()));
}

#[test]
fn the_driver_is_given_its_settings() {
    let (driver, _lines) = driver();
    let settings = open(&*driver).control(code::SETTINGS, b"", &call()).unwrap();
    assert_eq!(settings, br#"{"port":"7"}"#);
}

#[test]
fn a_delegated_visit_reports_its_progress() {
    let (driver, _lines) = driver();
    let plan = Plan {
        media: vec![Medium::Card],
        consents: vec![QuestionItem {
            item: Item::Medication,
            text: "薬剤情報".into(),
        }],
        language: "ja".into(),
        challenge: vec![1, 2, 3],
    };
    let mut steps = Vec::new();
    let outcome = open(&*driver)
        .run_visit(&plan, &mut |step| steps.push(step), &call())
        .unwrap();
    assert_eq!(steps.first(), Some(&Progress::ChoosingMedium));
    assert_eq!(steps.len(), 5);
    let Outcome::Verified {
        medium,
        method,
        certificate,
        signature,
        decisions,
    } = outcome
    else {
        panic!("not verified");
    };
    assert_eq!((medium, method), (Medium::Card, Method::Face));
    assert_eq!((certificate, signature), (CERTIFICATE.to_vec(), vec![3, 2, 1]));
    assert_eq!(decisions.len(), 1);
}

#[test]
fn a_call_is_bounded_across_the_border() {
    let (driver, _lines) = driver();
    let mut reader = open(&*driver);
    assert_eq!(
        reader.control(code::WAIT, b"", &Call::within(Duration::ZERO)),
        Err(Error::Timeout)
    );
    let wait = Screen {
        page: Page::Register,
        language: "ja".into(),
    };
    let flag = CancelFlag::default();
    let cancelled = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let (started, begun) = sync_channel(0);
    let result = thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            started.send(()).unwrap();
            reader.present(&wait, &cancelled)
        });
        begun.recv().unwrap();
        flag.cancel();
        waiting.join().unwrap()
    });
    assert_eq!(result, Err(Error::Cancelled));
}

#[test]
fn control_echoes_and_refuses() {
    let (driver, _lines) = driver();
    let mut reader = open(&*driver);
    assert_eq!(
        reader.control(control::ECHO, b"hello", &call()).unwrap(),
        b"hello"
    );
    assert_eq!(reader.control(4711, b"", &call()), Err(Error::Unsupported));
}

#[test]
fn a_panic_in_any_method_stays_inside() {
    let (driver, lines) = driver();
    let plan = Plan {
        media: vec![Medium::Card],
        consents: vec![],
        language: "ja".into(),
        challenge: vec![],
    };
    let request = pin_request(4);
    let face = FaceRequest {
        again_because: None,
        language: "ja".into(),
    };
    let idle = Screen {
        page: Page::Idle,
        language: "ja".into(),
    };
    let mut reader = open(&*driver);
    let mut response = Vec::new();

    type Entry<'a> = (&'a str, Box<dyn FnMut(&mut dyn Reader) -> Option<Error> + 'a>);
    let entries: Vec<Entry<'_>> = vec![
        ("readers", Box::new(|_| driver.readers().err())),
        (
            "next_event",
            Box::new(|_| driver.next_event(Duration::ZERO).err()),
        ),
        ("open", Box::new(|_| driver.open("fake-1", &call()).err())),
        ("power_on", Box::new(|reader| reader.power_on(&call()).err())),
        (
            "transmit",
            Box::new(|reader| reader.transmit(&[0; 4], &mut response, &call()).err()),
        ),
        ("present", Box::new(|reader| reader.present(&idle, &call()).err())),
        (
            "enter_pin",
            Box::new(|reader| reader.enter_pin(&request, &call()).err()),
        ),
        (
            "verify_face",
            Box::new(|reader| reader.verify_face(&face, &call()).err()),
        ),
        (
            "accept_visual",
            Box::new(|reader| reader.accept_visual(&call()).err()),
        ),
        (
            "run_visit",
            Box::new(|reader| reader.run_visit(&plan, &mut |_| (), &call()).err()),
        ),
        (
            "control",
            Box::new(|reader| reader.control(control::ECHO, b"", &call()).err()),
        ),
    ];
    for (name, mut entry) in entries {
        reader.control(code::PANIC_NEXT, b"", &call()).unwrap();
        match entry(&mut *reader) {
            Some(Error::DriverPanicked { detail }) => {
                assert!(
                    detail.starts_with("panicked at ") && !detail.contains(SECRET),
                    "{name}: {detail}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    // Entries that cannot fail are survived, too.
    for entry in [
        |_: &mut dyn Reader, driver: &dyn Driver| driver.interrupt(),
        |reader: &mut dyn Reader, _: &dyn Driver| reader.power_off(),
    ] {
        reader.control(code::PANIC_NEXT, b"", &call()).unwrap();
        entry(&mut *reader, &*driver);
    }
    assert_eq!(
        reader.control(control::ECHO, b"alive", &call()).unwrap(),
        b"alive"
    );
    let logged: Vec<_> = lines
        .try_iter()
        .filter(|(level, _)| *level == LogLevel::Error)
        .collect();
    assert_eq!(logged.len(), 13);
    assert!(
        logged
            .iter()
            .all(|(_, line)| line.starts_with("panicked at ") && !line.contains(SECRET))
    );
}
