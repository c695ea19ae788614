//! The steps that a new device does when the gateway leads.

use std::thread;

use madoguchi_card::{ExtendedLength, Jpki};
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{Error, Item, Medium, Reader, Reason, control};
use madoguchi_twin::device::{Act, FaceScript, Field, Generation, PageKind, Stage, State, Typed};

use crate::desk::{CHALLENGE, Session, is_signed, long, one, seen};

fn screen(page: Page, language: &str) -> Screen {
    Screen {
        page,
        language: language.to_owned(),
    }
}

/// Shows a page that asks, and acts on the device when it is seen.
fn asked(reader: &mut dyn Reader, stage: &Stage, page: Page, act: Act) -> (Result<Answer, Error>, State) {
    thread::scope(|scope| {
        let acting = scope.spawn(move || {
            let state = seen(stage, "a page", |state| {
                state
                    .panel
                    .as_ref()
                    .is_some_and(|panel| !panel.buttons.is_empty())
            });
            stage.act(act).unwrap();
            state
        });
        let answer = reader.present(&screen(page, "en"), &long());
        (answer, acting.join().unwrap())
    })
}

fn face() -> FaceRequest {
    FaceRequest {
        again_because: None,
        language: "ja".to_owned(),
    }
}

/// Whether the powered card signs as it stands.
fn signs(reader: &mut dyn Reader) -> bool {
    let mut session = Session(reader);
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Yes);
    let certificate = jpki.certificate().unwrap();
    jpki.sign(CHALLENGE)
        .is_ok_and(|signature| is_signed(certificate.as_bytes(), CHALLENGE, &signature))
}

#[test]
fn pages_that_ask_are_answered_by_their_buttons() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    let media = Page::ChooseMedium {
        options: vec![Medium::Card, Medium::Android],
        notice: None,
    };
    let consent = Page::Consent {
        item: Item::Medication,
        text: "May we see your medication?".to_owned(),
    };
    for (page, answer) in [
        (media.clone(), Answer::Medium(Medium::Android)),
        (media.clone(), Answer::Language("ja".to_owned())),
        (media, Answer::Quit),
        (Page::Register, Answer::No),
        (consent, Answer::Yes),
        (Page::StaffCheck, Answer::Yes),
    ] {
        let act = match &answer {
            Answer::Quit => Act::Quit,
            answer => Act::press(answer.clone()),
        };
        let (got, state) = asked(&mut *one.reader, &stage, page.clone(), act);
        assert_eq!(got, Ok(answer));
        let panel = state.panel.unwrap();
        assert_eq!(panel.language, "en");
        if let Page::Consent { item, text } = page {
            assert_eq!(panel.about, Some(Field::Item(item)));
            assert!(panel.lines.contains(&text), "{panel:?}");
        }
    }
}

#[test]
fn pages_that_tell_are_seen_and_stay() {
    let mut one = one(Generation::New);
    let present = Page::Present {
        medium: Medium::Android,
    };
    for (page, kind) in [
        (Page::Idle, PageKind::Idle),
        (present, PageKind::Present),
        (Page::Completed, PageKind::Completed),
        (Page::Failed, PageKind::Failed),
        (Page::TakeCard, PageKind::TakeCard),
    ] {
        assert_eq!(one.reader.present(&screen(page, "vi"), &long()), Ok(Answer::Seen));
        let panel = one.stage().state().unwrap().panel.unwrap();
        assert_eq!(panel.page, kind);
        assert!(!panel.title.is_empty());
    }
}

#[test]
fn a_pin_is_typed_or_not_and_nobody_keeps_it() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    let request = PinRequest {
        medium: Medium::Android,
        digits: 4,
        tries_left: Some(1),
        holder: PinHolder::Guardian,
        again_because: Some(Reason::PinWrong),
        language: "ja".to_owned(),
    };
    let acts = [
        (
            Act::TypePin {
                digits: Typed::new(b"0987"),
            },
            Some(&b"0987"[..]),
        ),
        (Act::CancelPin, None),
        (Act::Quit, None),
    ];
    for (act, expected) in acts {
        let typed = thread::scope(|scope| {
            let acting = scope.spawn(|| {
                let pad = seen(&stage, "the pad", |state| state.pin.is_some())
                    .pin
                    .unwrap()
                    .pad;
                stage.act(act).unwrap();
                pad
            });
            let typed = one.reader.enter_pin(&request, &long()).unwrap();
            let pad = acting.join().unwrap();
            assert_eq!((pad.digits, pad.holder), (4, PinHolder::Guardian));
            assert!(!pad.lines.is_empty(), "why it is asked again");
            typed
        });
        assert_eq!(typed.as_ref().map(|pin| pin.expose()), expected);
        assert_eq!(stage.state().unwrap().pins_held, 0);
    }
}

#[test]
fn a_face_that_matches_opens_the_key_until_the_power_goes() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.insert("adult").unwrap();
    assert_eq!(one.reader.verify_face(&face(), &long()), Err(Error::NoCard));
    one.reader.power_on(&long()).unwrap();
    for outcome in [
        FaceOutcome::NoMatch,
        FaceOutcome::NoFace,
        FaceOutcome::SeveralFaces,
        FaceOutcome::CameraCovered,
        FaceOutcome::Declined,
        FaceOutcome::Match,
    ] {
        stage.act(Act::Face(FaceScript::always(outcome))).unwrap();
        assert_eq!(one.reader.verify_face(&face(), &long()), Ok(outcome));
    }
    assert!(signs(&mut *one.reader));
    one.reader.power_off();
    assert!(!stage.state().unwrap().card.unwrap().powered);
    assert_eq!(
        one.reader.transmit(&[0, 0xB0, 0, 0], &mut Vec::new(), &long()),
        Err(Error::NoCard)
    );
}

#[test]
fn the_word_of_staff_opens_it_whether_said_here_or_elsewhere() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.insert("no-pin").unwrap();
    assert_eq!(one.reader.accept_visual(&long()), Err(Error::NoCard));
    for on_the_device in [true, false] {
        one.reader.power_on(&long()).unwrap();
        if on_the_device {
            let (answer, _) = asked(
                &mut *one.reader,
                &stage,
                Page::StaffCheck,
                Act::press(Answer::Yes),
            );
            assert_eq!(answer, Ok(Answer::Yes));
        }
        one.reader.accept_visual(&long()).unwrap();
        assert!(signs(&mut *one.reader));
        one.reader.power_off();
    }
}

#[test]
fn cards_are_powered_asked_and_lost() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    assert_eq!(one.reader.power_on(&long()), Err(Error::NoCard));
    stage.insert("paper-card").unwrap();
    assert_eq!(one.reader.power_on(&long()), Err(Error::CardNotRecognized));
    stage.act(Act::Remove).unwrap();
    stage.insert("adult").unwrap();
    assert_eq!(one.reader.power_on(&long()).unwrap().0[0], 0x3B);
    let mut session = Session(&mut *one.reader);
    let mut jpki = Jpki::new(&mut session, ExtendedLength::Unknown);
    jpki.select().unwrap();
    assert_eq!(jpki.label(), Ok(Medium::Card));
    assert!(jpki.certificate().unwrap().as_bytes().len() > 1_000);
    stage.act(Act::Remove).unwrap();
    let mut response = vec![7];
    assert_eq!(
        one.reader.transmit(&[0, 0xB0, 0, 0, 0], &mut response, &long()),
        Err(Error::CardRemoved)
    );
    assert!(response.is_empty());
}

#[test]
fn whoever_drops_the_reader_powers_the_card_off() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.insert("adult").unwrap();
    one.reader.power_on(&long()).unwrap();
    assert!(stage.state().unwrap().card.unwrap().powered);
    assert_eq!(
        one.reader.control(control::ECHO, b"hello", &long()).unwrap(),
        b"hello"
    );
    drop(std::mem::replace(&mut one.reader, Box::new(Nobody)));
    assert!(!stage.state().unwrap().card.unwrap().powered);
}

/// Stands where the reader was.
struct Nobody;

impl Reader for Nobody {
    fn power_on(&mut self, _: &madoguchi_driver_api::Call) -> Result<madoguchi_driver_api::Atr, Error> {
        Err(Error::ReaderRemoved)
    }
    fn transmit(&mut self, _: &[u8], _: &mut Vec<u8>, _: &madoguchi_driver_api::Call) -> Result<(), Error> {
        Err(Error::ReaderRemoved)
    }
    fn power_off(&mut self) {}
}
