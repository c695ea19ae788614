use super::*;
use crate::device::{CardKind, Generation, Refused};
use crate::{Faults, Persona, TestCa};
use madoguchi_core::screen::{Answer, FaceOutcome};

fn body() -> Body {
    Body::new(Identity {
        maker: "toy".to_owned(),
        model: "T-1".to_owned(),
        firmware: "1".to_owned(),
        serial: "1".to_owned(),
        generation: Generation::Old,
        capabilities: Vec::new(),
    })
}

fn with_card(name: &str) -> Body {
    let mut body = body();
    let persona = Persona::by_name(name).unwrap().unwrap();
    let kind = CardKind::of(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
    body.put_card(name, kind, Faults::default(), true).unwrap();
    assert!(matches!(body.take_event(), Some(BodyEvent::CardIn)));
    body
}

#[test]
fn one_thing_is_shown_at_a_time() {
    let mut body = with_card("adult");
    body.slot().power_on().unwrap();
    body.ask_pin(PinPad::new(4));
    body.type_digits(b"12").unwrap();
    assert!(body.ask_face());
    assert_eq!(body.pins_held(), 0, "the pad is gone and wiped");
    body.show(Panel::new(PageKind::TakeCard));
    assert!(!body.is_asking_face());
    std::thread::sleep(Duration::from_millis(30));
    assert!(body.take_event().is_none(), "the camera stopped silently");
    body.clear();
    assert_eq!(body.panel(), None);
    let pages: Vec<_> = body.state().pages;
    assert_eq!(pages, [PageKind::Pin, PageKind::Face, PageKind::TakeCard]);
}

#[test]
fn a_pad_is_done_with_its_last_digit_and_takes_no_other_key() {
    let mut body = body();
    assert_eq!(body.type_digits(b"1").unwrap_err(), Refused::NoPinPad);
    body.ask_pin(PinPad::new(4));
    body.type_digits(b"1x23456").unwrap();
    let Some(BodyEvent::Pin(digits)) = body.take_event() else {
        panic!("the pad is not done");
    };
    assert_eq!(digits.expose(), b"1234");
    assert_eq!(body.pins_held(), 1);
    drop(digits);
    assert_eq!(body.pins_held(), 0);
    assert_eq!(body.type_digits(b"5").unwrap_err(), Refused::NoPinPad);
    // No pad is longer than its buffer.
    body.ask_pin(PinPad::new(99));
    body.type_digits(&[b'7'; 40]).unwrap();
    assert!(matches!(body.take_event(), Some(BodyEvent::Pin(digits)) if digits.len() == 16));
}

#[test]
fn the_camera_needs_a_powered_card_all_the_time() {
    let mut body = with_card("adult");
    assert!(!body.ask_face());
    body.slot().power_on().unwrap();
    body.set_face(FaceScript::always(FaceOutcome::Match).thinking(0));
    assert!(body.ask_face());
    assert!(matches!(
        body.take_event(),
        Some(BodyEvent::Face(FaceOutcome::Match))
    ));
    assert!(body.ask_face());
    body.slot().power_off();
    assert!(matches!(body.take_event(), Some(BodyEvent::FaceNoCard)));
    assert!(body.take_event().is_none());
}

#[test]
fn somebody_may_come_to_a_camera_that_waits_and_go_again() {
    let mut body = with_card("adult");
    body.slot().power_on().unwrap();
    body.set_face(FaceScript::nobody());
    assert!(body.ask_face());
    assert_eq!(body.next_due(), None);
    body.set_face(FaceScript::always(FaceOutcome::SeveralFaces).thinking(0));
    assert!(matches!(
        body.take_event(),
        Some(BodyEvent::Face(FaceOutcome::SeveralFaces))
    ));
    assert_eq!(body.decline_face().unwrap_err(), Refused::NoCamera);
    body.set_face(FaceScript::nobody());
    assert!(body.ask_face());
    body.decline_face().unwrap();
    assert!(matches!(
        body.take_event(),
        Some(BodyEvent::Face(FaceOutcome::Declined))
    ));
}

#[test]
fn it_wakes_once_at_the_last_time_it_was_told() {
    let mut body = body();
    body.wake_in(Duration::from_secs(60));
    assert!(body.next_due().is_some());
    body.wake_in(Duration::ZERO);
    assert!(matches!(body.take_event(), Some(BodyEvent::Woke)));
    assert_eq!(body.next_due(), None);
    body.wake_in(Duration::ZERO);
    body.sleep_on();
    assert!(body.take_event().is_none());
}

#[test]
fn without_power_only_the_card_stays() {
    let mut body = with_card("adult");
    body.slot().power_on().unwrap();
    body.signal(Signal::Light(crate::device::Colour::Red));
    body.signal(Signal::Beep(2));
    body.show(Panel::new(PageKind::StaffCheck).button(Answer::Yes, "yes"));
    body.press(Answer::Yes).unwrap();
    body.reset();
    assert!(body.take_event().is_none(), "nobody is told any more");
    let state = body.state();
    assert!(state.card_present && !state.card.unwrap().powered);
    assert_eq!((state.light, state.panel, state.beeps), (None, None, 2));
    body.start_up();
    assert!(matches!(body.take_event(), Some(BodyEvent::CardIn)));
}
