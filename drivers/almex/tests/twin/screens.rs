//! Every page, the PIN pad and the camera.

use std::time::Duration;

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{Error, Item, Medium, Method};
use madoguchi_twin::device::{Act, FaceScript, Field, Generation, PageKind};

use crate::support::{Desk, long};

fn screen(page: Page, language: &str) -> Screen {
    Screen {
        page,
        language: language.into(),
    }
}

pub(crate) fn pin_request(holder: PinHolder) -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: Some(3),
        holder,
        again_because: None,
        language: "ja".into(),
    }
}

pub(crate) fn face_request() -> FaceRequest {
    FaceRequest {
        again_because: None,
        language: "ja".into(),
    }
}

#[test]
fn a_page_that_asks_nothing_is_seen_at_once_and_stays() {
    for generation in [Generation::Old, Generation::New] {
        let desk = Desk::new(generation);
        let mut reader = desk.open();
        for (page, kind, about) in [
            (Page::Idle, PageKind::Idle, None),
            (
                Page::Present { medium: Medium::Card },
                PageKind::Present,
                Some(Field::Medium(Medium::Card)),
            ),
            (
                Page::Guide {
                    guidance: Guidance::OtherMedium,
                },
                PageKind::Guide,
                Some(Field::Guidance(Guidance::OtherMedium)),
            ),
            (Page::Completed, PageKind::Completed, None),
            (Page::Failed, PageKind::Failed, None),
            (Page::TakeCard, PageKind::TakeCard, None),
        ] {
            assert_eq!(reader.present(&screen(page, "ja"), &long()), Ok(Answer::Seen));
            let panel = desk.stage().state().unwrap().panel.unwrap();
            assert_eq!((panel.page, panel.about), (kind, about));
            assert!(!panel.title.is_empty() && panel.buttons.is_empty());
        }
    }
}

#[test]
fn a_page_stays_while_nothing_else_happens() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    reader.present(&screen(Page::TakeCard, "ja"), &long()).unwrap();
    let shown = desk.stage().state().unwrap().shown;
    // Longer than one turn of whoever listens meanwhile.
    std::thread::sleep(Duration::from_millis(1_300));
    desk.stage().insert("adult").unwrap();
    desk.wait_for_card();
    reader.power_on(&long()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let state = desk.stage().state().unwrap();
    assert_eq!((state.page(), state.shown), (Some(PageKind::TakeCard), shown));
}

#[test]
fn a_page_that_asks_brings_each_of_its_answers() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    let consent = |item| Page::Consent {
        item,
        text: "手術の情報を提供することに同意しますか。".into(),
    };
    let media = Page::ChooseMedium {
        options: Medium::ALL.to_vec(),
        notice: None,
    };
    let methods = Page::ChooseMethod {
        options: Method::ALL.to_vec(),
    };
    let cases = [
        (media.clone(), Answer::Medium(Medium::Card)),
        (media.clone(), Answer::Medium(Medium::Android)),
        (media, Answer::Language("vi".into())),
        (methods.clone(), Answer::Method(Method::Face)),
        (methods, Answer::Method(Method::GuardianPin)),
        (Page::Register, Answer::Yes),
        (consent(Item::Surgery), Answer::No),
        (consent(Item::HealthCheckup), Answer::Yes),
        (Page::StaffCheck, Answer::No),
    ];
    for (page, answer) in cases {
        let pressed = answer.clone();
        let person = desk.once(
            move |state| state.panel.as_ref().is_some_and(|panel| panel.offers(&pressed)),
            Act::press(answer.clone()),
        );
        assert_eq!(reader.present(&screen(page, "ja"), &long()), Ok(answer));
        person.join().unwrap();
        // The same page may be the next one.
        reader.present(&screen(Page::Idle, "ja"), &long()).unwrap();
    }
    let person = desk.once(|state| state.page() == Some(PageKind::Register), Act::Quit);
    assert_eq!(
        reader.present(&screen(Page::Register, "en"), &long()),
        Ok(Answer::Quit)
    );
    person.join().unwrap();
}

#[test]
fn an_old_device_shows_what_it_can_write_and_asks_staff_nothing() {
    let desk = Desk::new(Generation::Old);
    let mut reader = desk.open();
    assert_eq!(
        reader.present(&screen(Page::StaffCheck, "ja"), &long()),
        Err(Error::Unsupported)
    );
    assert_eq!(reader.accept_visual(&long()), Err(Error::Unsupported));
    let korean = |page| screen(page, "ko");
    assert_eq!(reader.present(&korean(Page::Idle), &long()), Ok(Answer::Seen));
    let panel = desk.stage().state().unwrap().panel.unwrap();
    assert_eq!(panel.title, "受付はこちらです");
    assert_eq!(panel.lines.len(), 1);
    let consent = Page::Consent {
        item: Item::Surgery,
        text: "동의하십니까?".into(),
    };
    assert_eq!(reader.present(&korean(consent), &long()), Err(Error::Unsupported));
}

#[test]
fn a_pin_is_taken_once_and_kept_nowhere() {
    for generation in [Generation::Old, Generation::New] {
        let desk = Desk::new(generation);
        let mut reader = desk.open();
        let digits = madoguchi_driver_api::Pin::new(b"4821".to_vec()).unwrap();
        let person = desk.once(|state| state.pin.is_some(), Act::type_pin(&digits));
        let pin = reader.enter_pin(&pin_request(PinHolder::Patient), &long());
        assert_eq!(pin.unwrap().unwrap().expose(), b"4821");
        person.join().unwrap();
        assert_eq!(desk.stage().state().unwrap().pins_held, 0);
    }
}

#[test]
fn a_guardian_s_pin_is_asked_for_as_such_and_may_be_refused() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    for refusal in [Act::CancelPin, Act::Quit] {
        let guardian = |state: &madoguchi_twin::device::State| {
            let pad = state.pin.as_ref().map(|pin| &pin.pad);
            pad.is_some_and(|pad| pad.holder == PinHolder::Guardian)
        };
        let person = desk.once(guardian, refusal);
        let pin = reader.enter_pin(&pin_request(PinHolder::Guardian), &long());
        assert!(pin.unwrap().is_none());
        person.join().unwrap();
    }
    assert_eq!(desk.stage().state().unwrap().pins_held, 0);
}

#[test]
fn each_way_a_face_verification_ends_is_told() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    assert_eq!(reader.verify_face(&face_request(), &long()), Err(Error::NoCard));
    desk.lay("adult");
    assert_eq!(
        reader.verify_face(&face_request(), &long()),
        Err(Error::NoCard),
        "it has no power"
    );
    reader.power_on(&long()).unwrap();
    for outcome in [
        FaceOutcome::NoMatch,
        FaceOutcome::NoFace,
        FaceOutcome::SeveralFaces,
        FaceOutcome::CameraCovered,
        FaceOutcome::Declined,
        FaceOutcome::Match,
    ] {
        let script = FaceScript::sequence([outcome]).thinking(5);
        desk.stage().act(Act::Face(script)).unwrap();
        assert_eq!(reader.verify_face(&face_request(), &long()), Ok(outcome));
    }
    desk.stage().act(Act::Face(FaceScript::nobody())).unwrap();
    let person = desk.once(|state| state.face, Act::DeclineFace);
    assert_eq!(
        reader.verify_face(&face_request(), &long()),
        Ok(FaceOutcome::Declined)
    );
    person.join().unwrap();
    let person = desk.once(|state| state.face, Act::Remove);
    assert_eq!(
        reader.verify_face(&face_request(), &long()),
        Err(Error::CardRemoved)
    );
    person.join().unwrap();
}
