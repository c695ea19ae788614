//! The old generation: it leads visits with cards, and nothing else.

use madoguchi_core::check_in::Guidance;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Progress};
use madoguchi_driver_api::{Capability, Driver, Error, Medium, Method, Reason};
use madoguchi_twin::device::{FaceScript, Generation, PageKind, Patient};

use crate::desk::{Led, long, one, plan};

fn led(patient: Patient) -> Led {
    one(Generation::Old).led(patient, &Medium::ALL)
}

#[test]
fn it_offers_no_phone_and_leads_the_card_to_its_end() {
    let led = led(Patient::new("adult"));
    let Ok(Outcome::Verified { method, .. }) = led.outcome else {
        panic!("{:?}", led.outcome);
    };
    assert_eq!(method, Method::Face);
    assert!(!led.state.pages.contains(&PageKind::ChooseMedium));
    let card_only = [
        Progress::WaitingForCard,
        Progress::Verifying,
        Progress::Signing,
        Progress::AskingConsent,
    ];
    assert_eq!(led.progress, card_only);
}

#[test]
fn where_nothing_is_left_it_says_why() {
    for (persona, reason) in [
        ("locked-pin", Reason::PinLocked),
        ("no-pin", Reason::FaceNotVerified),
    ] {
        let led = led(Patient::new(persona).looking(FaceScript::always(FaceOutcome::NoMatch)));
        assert_eq!(led.outcome, Ok(Outcome::Failed { reason }), "{persona}");
        assert!(!led.state.pages.contains(&PageKind::StaffCheck));
    }
}

#[test]
fn it_shows_guidance_and_does_no_other_step() {
    let mut one = one(Generation::Old);
    let [info] = &one.desk.driver.readers().unwrap()[..] else {
        panic!("one reader");
    };
    assert_eq!(info.capabilities, [Capability::Delegated]);
    let screen = |page| Screen {
        page,
        language: "ja".to_owned(),
    };
    let reader = &mut *one.reader;
    for page in [
        Page::Guide {
            guidance: Guidance::TakeCard,
        },
        Page::Completed,
        Page::TakeCard,
    ] {
        assert_eq!(reader.present(&screen(page), &long()), Ok(Answer::Seen));
    }
    let unsupported = Some(Error::Unsupported);
    assert_eq!(
        reader.present(&screen(Page::Register), &long()).err(),
        unsupported
    );
    assert_eq!(reader.power_on(&long()).err(), unsupported);
    assert_eq!(reader.accept_visual(&long()).err(), unsupported);
    let face = FaceRequest {
        again_because: None,
        language: "ja".to_owned(),
    };
    assert_eq!(reader.verify_face(&face, &long()).err(), unsupported);
    let pin = PinRequest {
        medium: Medium::Android,
        digits: 4,
        tries_left: None,
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".to_owned(),
    };
    assert_eq!(reader.enter_pin(&pin, &long()).err(), unsupported);
    let phones = plan(&[Medium::IPhone, Medium::Android]);
    assert_eq!(reader.run_visit(&phones, &mut |_| (), &long()).err(), unsupported);
}
