//! Visits that the service leads to their good end: each way to be verified.

use madoguchi_driver_api::screen::{FaceOutcome, PinHolder};
use madoguchi_driver_api::visit::{Outcome, Progress};
use madoguchi_driver_api::{Decision, Item, Medium, Method};
use madoguchi_twin::device::{FaceScript, Generation, PageKind, Patient};
use madoguchi_twin::{Persona, TestCa};
use time::OffsetDateTime;

use crate::desk::{CHALLENGE, Led, is_signed, one};

const WITH_STAFF: [Progress; 6] = [
    Progress::ChoosingMedium,
    Progress::WaitingForCard,
    Progress::Verifying,
    Progress::WaitingForStaff,
    Progress::Signing,
    Progress::AskingConsent,
];

const WITHOUT: [Progress; 5] = [
    Progress::ChoosingMedium,
    Progress::WaitingForCard,
    Progress::Verifying,
    Progress::Signing,
    Progress::AskingConsent,
];

fn led(patient: Patient) -> Led {
    one(Generation::New).led(patient, &Medium::ALL)
}

/// Checks a good end and gives what differs.
fn verified(led: &Led, persona: &str) -> (Method, Vec<Decision>) {
    let Ok(Outcome::Verified {
        medium: Medium::Card,
        method,
        certificate,
        signature,
        decisions,
    }) = &led.outcome
    else {
        panic!("{:?}, {:?}", led.outcome, led.state.pages);
    };
    let persona = Persona::by_name(persona).unwrap().unwrap();
    let own = persona.certificate(&TestCa::new().unwrap(), OffsetDateTime::now_utc());
    assert_eq!(certificate, own.unwrap().as_bytes());
    assert!(is_signed(certificate, CHALLENGE, signature));
    let card = led.state.card.as_ref().unwrap();
    assert!(!card.powered, "the card is off");
    assert_eq!(led.state.pins_held, 0);
    (*method, decisions.clone())
}

fn pins_sent(led: &Led) -> u32 {
    led.state.card.as_ref().unwrap().pins_sent
}

fn count(led: &Led, page: PageKind) -> usize {
    led.state.pages.iter().filter(|shown| **shown == page).count()
}

#[test]
fn by_face_and_with_every_consent_answered_in_order() {
    let mut patient = Patient::new("adult");
    patient.refuses = vec![Item::Surgery];
    let led = led(patient);
    let (method, decisions) = verified(&led, "adult");
    assert_eq!(method, Method::Face);
    let expected = Item::ALL.map(|item| Decision {
        item,
        granted: item != Item::Surgery,
    });
    assert_eq!(decisions, expected);
    assert_eq!(led.progress, WITHOUT);
    assert_eq!(pins_sent(&led), 0);
    println!("a visit by face: {:?}", led.took);
}

#[test]
fn by_face_the_second_time() {
    for first in [
        FaceOutcome::NoMatch,
        FaceOutcome::NoFace,
        FaceOutcome::SeveralFaces,
        FaceOutcome::CameraCovered,
    ] {
        let face = FaceScript::sequence([first, FaceOutcome::Match]);
        let led = led(Patient::new("adult").looking(face));
        assert_eq!(verified(&led, "adult").0, Method::Face, "{first:?}");
        assert_eq!(count(&led, PageKind::Face), 2);
        assert_eq!(count(&led, PageKind::Pin), 0);
    }
}

#[test]
fn by_pin_when_the_face_came_to_nothing_twice() {
    let led = led(Patient::new("adult").looking(FaceScript::always(FaceOutcome::NoMatch)));
    assert_eq!(verified(&led, "adult").0, Method::Pin);
    assert_eq!(led.progress, WITHOUT);
    assert_eq!(count(&led, PageKind::Face), 2);
    assert_eq!(pins_sent(&led), 1);
}

#[test]
fn by_pin_at_once_where_the_patient_does_not_want_to_be_looked_at() {
    let face = FaceScript::always(FaceOutcome::Declined);
    let led = led(Patient::new("adult").looking(face).by(Method::Pin));
    assert_eq!(verified(&led, "adult").0, Method::Pin);
    assert_eq!(count(&led, PageKind::Face), 1);
}

#[test]
fn by_the_right_pin_after_a_wrong_one() {
    let face = FaceScript::always(FaceOutcome::NoMatch);
    let led = led(Patient::new("adult").looking(face).typing(["9999", "1234"]));
    assert_eq!(verified(&led, "adult").0, Method::Pin);
    assert_eq!((count(&led, PageKind::Pin), pins_sent(&led)), (2, 2));
    assert_eq!(led.state.card.as_ref().unwrap().tries_left, Some(3));
}

#[test]
fn before_the_last_try_the_patient_chooses_anew() {
    let face = FaceScript::always(FaceOutcome::NoMatch);
    let led = led(Patient::new("adult")
        .looking(face)
        .by(Method::Pin)
        .typing(["9999", "9998", "1234"]));
    assert_eq!(verified(&led, "adult").0, Method::Pin);
    assert_eq!((count(&led, PageKind::Pin), pins_sent(&led)), (3, 3));
    assert_eq!(count(&led, PageKind::ChooseMethod), 2);
}

#[test]
fn by_a_guardian_who_types_the_childs_pin() {
    let face = FaceScript::always(FaceOutcome::NoFace);
    let mut one = one(Generation::New);
    let stage = one.stage();
    let watch = std::thread::spawn(move || {
        let pad = stage.wait_for(crate::desk::LONG, |state| state.pin.is_some());
        pad.unwrap().unwrap().pin.unwrap().pad.holder
    });
    let mut patient = Patient::new("child").looking(face).by(Method::GuardianPin);
    patient.pace_ms = 100;
    let led = one.led(patient, &Medium::ALL);
    assert_eq!(verified(&led, "child").0, Method::GuardianPin);
    assert_eq!(watch.join().unwrap(), PinHolder::Guardian);
    assert_eq!(pins_sent(&led), 1);
}

#[test]
fn by_staff_where_the_pin_is_locked_or_there_is_none() {
    for persona in ["locked-pin", "no-pin"] {
        let mut patient = Patient::new(persona).looking(FaceScript::always(FaceOutcome::NoMatch));
        patient.staff_says = Some(true);
        let led = led(patient);
        assert_eq!(verified(&led, persona).0, Method::StaffVisual);
        assert_eq!(led.progress, WITH_STAFF);
        assert_eq!(count(&led, PageKind::Pin), 0, "{persona} has no PIN to type");
        assert_eq!(pins_sent(&led), 0);
    }
}

#[test]
fn by_staff_after_the_pin_was_locked_in_this_visit() {
    let mut patient = Patient::new("adult")
        .looking(FaceScript::always(FaceOutcome::NoMatch))
        .by(Method::Pin)
        .typing(["9999", "9998", "9997"]);
    patient.staff_says = Some(true);
    let led = led(patient);
    assert_eq!(verified(&led, "adult").0, Method::StaffVisual);
    assert_eq!(pins_sent(&led), 3, "each typed PIN once");
    assert_eq!(led.state.card.as_ref().unwrap().tries_left, Some(0));
}

#[test]
fn the_language_is_the_patients_from_the_first_page_on() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    let watch = std::thread::spawn(move || {
        let consent = |state: &madoguchi_twin::device::State| state.page() == Some(PageKind::Consent);
        stage
            .wait_for(crate::desk::LONG, consent)
            .unwrap()
            .unwrap()
            .panel
            .unwrap()
    });
    let mut patient = Patient::new("adult");
    patient.language = Some("ko".to_owned());
    patient.pace_ms = 100;
    let led = one.led(patient, &Medium::ALL);
    verified(&led, "adult");
    let panel = watch.join().unwrap();
    assert_eq!(panel.language, "ko");
    assert_eq!(panel.buttons[0].label, "동의함");
    assert!(
        panel.lines[0].contains("に同意しますか"),
        "the plan's own sentence"
    );
}

#[test]
fn a_card_that_lies_there_already_is_taken() {
    let mut one = one(Generation::New);
    one.stage().insert("adult").unwrap();
    let led = one.led(Patient::new("adult"), &[Medium::Card]);
    verified(&led, "adult");
    assert_eq!(led.progress[0], Progress::WaitingForCard, "nothing to choose");
}

#[test]
fn visits_follow_each_other_on_one_reader() {
    let mut one = one(Generation::New);
    for _ in 0..3 {
        let led = one.led(Patient::new("adult"), &Medium::ALL);
        verified(&led, "adult");
        if led.state.card_present {
            one.stage().act(madoguchi_twin::device::Act::Remove).unwrap();
        }
    }
}
