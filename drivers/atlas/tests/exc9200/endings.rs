//! Visits that the service leads to another end.

use std::time::{Duration, Instant};

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::visit::Outcome;
use madoguchi_driver_api::{Call, Error, Medium, Method, Reason};
use madoguchi_twin::Faults;
use madoguchi_twin::device::makers::atlas;
use madoguchi_twin::device::{Act, FaceScript, Generation, PageKind, Patient};

use crate::desk::{long, one, one_of, options, plan, seen, start_with};
use madoguchi_twin::device::Quirk;

fn ends(patient: Patient) -> Outcome {
    let led = one(Generation::New).led(patient, &Medium::ALL);
    let card = led.state.card.as_ref();
    assert!(card.is_none_or(|card| !card.powered), "the card is off");
    assert_eq!(led.state.pins_held, 0);
    led.outcome.unwrap()
}

fn fails(patient: Patient) -> Reason {
    match ends(patient) {
        Outcome::Failed { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn nobody_is_recognised() -> FaceScript {
    FaceScript::always(FaceOutcome::NoMatch)
}

#[test]
fn the_patient_stops_it_on_any_page() {
    let locked = || Patient::new("locked-pin").looking(nobody_is_recognised());
    let adult = || Patient::new("adult").looking(nobody_is_recognised());
    for (at, patient) in [
        (PageKind::ChooseMedium, adult()),
        (PageKind::Present, adult()),
        (
            PageKind::Face,
            Patient::new("adult").looking(FaceScript::nobody()),
        ),
        (PageKind::ChooseMethod, adult()),
        (PageKind::Pin, adult()),
        (PageKind::StaffCheck, locked()),
        (PageKind::Consent, Patient::new("adult")),
    ] {
        let outcome = ends(patient.with(Quirk::Quits { at }));
        assert_eq!(outcome, Outcome::Quit, "{at:?}");
    }
}

#[test]
fn staff_say_no() {
    let mut patient = Patient::new("no-pin").looking(nobody_is_recognised());
    patient.staff_says = Some(false);
    assert_eq!(fails(patient), Reason::VisualCheckRefused);
}

#[test]
fn something_else_than_a_my_number_card() {
    for persona in ["not-my-number", "paper-card", "iphone"] {
        let mut patient = Patient::new(persona);
        patient.medium = Some(Medium::Card);
        assert_eq!(fails(patient), Reason::CardNotRecognized, "{persona}");
    }
}

#[test]
fn the_card_is_pulled() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    for (what, face, page) in [
        ("before the camera", FaceScript::nobody(), PageKind::Face),
        ("at the method", nobody_is_recognised(), PageKind::ChooseMethod),
    ] {
        stage.act(Act::Face(face)).unwrap();
        stage.insert("adult").unwrap();
        let hands = stage.clone();
        let pulling = std::thread::spawn(move || {
            seen(&hands, what, |state| state.page() == Some(page));
            hands.act(Act::Remove).unwrap();
        });
        let outcome = one.reader.run_visit(&plan(&[Medium::Card]), &mut |_| (), &long());
        pulling.join().unwrap();
        let reason = Reason::CardRemoved;
        assert_eq!(outcome, Ok(Outcome::Failed { reason }), "{what}");
    }
}

#[test]
fn the_card_is_pulled_while_the_pin_is_with_it() {
    let mut patient = Patient::new("adult")
        .looking(nobody_is_recognised())
        .by(Method::Pin);
    // SELECT, token info, its data, the PIN's file, its tries; then SELECT, the PIN's file, its tries and VERIFY.
    patient.card_faults = Faults::pull_at(9);
    let led = one(Generation::New).led(patient, &Medium::ALL);
    let reason = Reason::PinOutcomeUnknown;
    assert_eq!(led.outcome, Ok(Outcome::Failed { reason }));
    assert_eq!(led.state.card.unwrap().pins_sent, 1, "once, and not again");
}

#[test]
fn a_card_that_does_not_answer() {
    let mut patient = Patient::new("adult");
    patient.card_faults = Faults {
        hang_at_apdu: Some(2),
        ..Faults::default()
    };
    assert_eq!(fails(patient), Reason::CardUnresponsive);
}

#[test]
fn a_phone_is_handed_over_and_the_visit_goes_on_step_by_step() {
    for (persona, medium) in [("iphone", Medium::IPhone), ("android", Medium::Android)] {
        let mut one = one(Generation::New);
        let led = one.led(Patient::new(persona), &Medium::ALL);
        assert_eq!(led.outcome, Ok(Outcome::HandedOver { medium }));
        let stage = one.stage();
        if led.state.card_present {
            stage.act(Act::Remove).unwrap();
        }
        let guide = Screen {
            page: Page::Guide {
                guidance: Guidance::HoldPhone,
            },
            language: "ja".to_owned(),
        };
        assert_eq!(one.reader.present(&guide, &long()), Ok(Answer::Seen));
        assert_eq!(stage.state().unwrap().page(), Some(PageKind::Guide));
        if medium == Medium::Android {
            let request = PinRequest {
                medium,
                digits: 4,
                tries_left: None,
                holder: PinHolder::Patient,
                again_because: None,
                language: "ja".to_owned(),
            };
            let hands = stage.clone();
            let typing = std::thread::spawn(move || {
                seen(&hands, "the pad", |state| state.pin.is_some());
                let digits = madoguchi_twin::device::Typed::new(b"1234");
                hands.act(Act::TypePin { digits }).unwrap();
            });
            let pin = one.reader.enter_pin(&request, &long()).unwrap().unwrap();
            typing.join().unwrap();
            assert_eq!(pin.expose(), b"1234");
        }
    }
}

#[test]
fn the_service_gives_up_by_itself_when_the_patient_is_too_slow() {
    let patience = Duration::from_millis(300);
    let twin = start_with(options("EXC1", Generation::New), atlas::with_patience(patience));
    let mut one = one_of(twin);
    let since = Instant::now();
    let outcome = one.reader.run_visit(&plan(&Medium::ALL), &mut |_| (), &long());
    let reason = Reason::PatientTimeout;
    assert_eq!(outcome, Ok(Outcome::Failed { reason }));
    assert!(since.elapsed() >= patience && since.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_deadline_ends_it_and_the_card_is_off() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
    stage.insert("adult").unwrap();
    let call = Call::within(Duration::from_millis(300));
    let outcome = one.reader.run_visit(&plan(&[Medium::Card]), &mut |_| (), &call);
    assert_eq!(outcome, Err(Error::Timeout));
    let state = stage.state().unwrap();
    assert_eq!(state.page(), None, "its page is gone");
    assert!(!state.card.unwrap().powered);
}
