//! PIN pad, camera and staff.

use madoguchi_driver_api::screen::{FaceOutcome, FaceRequest, PinHolder, PinRequest};
use madoguchi_driver_api::{Error, Medium, Reader, Reason, control};
use madoguchi_driver_panasonic::CONTROL_ECHO;
use madoguchi_twin::device::{Act, FaceScript, PageKind, Typed};

use crate::world::{World, call, isolated, shows, while_waiting};

pub(crate) fn request() -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: Some(2),
        holder: PinHolder::Patient,
        again_because: Some(Reason::PinWrong),
        language: "ja".into(),
    }
}

pub(crate) fn face() -> FaceRequest {
    FaceRequest {
        again_because: None,
        language: "ja".into(),
    }
}

#[test]
fn a_pin_is_typed_and_nowhere_afterwards() {
    isolated("people::a_pin_is_typed_and_nowhere_afterwards", |folder| {
        let world = World::new(folder);
        let (stage, mut reader) = (world.stage(), world.open());
        for (holder, digits) in [(PinHolder::Patient, "1234"), (PinHolder::Guardian, "0009876")] {
            let request = PinRequest {
                holder,
                digits: u8::try_from(digits.len()).unwrap(),
                ..request()
            };
            let pin = while_waiting(
                || {
                    let pad = shows(&stage, PageKind::Pin).pin.unwrap().pad;
                    assert_eq!((pad.digits, pad.holder), (request.digits, holder));
                    assert!(!pad.title.is_empty() && !pad.lines.is_empty());
                    for digit in digits.bytes() {
                        let digits = Typed::new(&[digit]);
                        stage.act(Act::TypePin { digits }).unwrap();
                    }
                },
                || reader.enter_pin(&request, &call()),
            );
            assert_eq!(pin.unwrap().unwrap().expose(), digits.as_bytes());
            let state = stage.state().unwrap();
            assert_eq!((state.pins_held, state.page()), (0, None));
        }
    });
}

#[test]
fn a_pin_that_nobody_types_is_none() {
    isolated("people::a_pin_that_nobody_types_is_none", |folder| {
        let world = World::new(folder);
        let (stage, mut reader) = (world.stage(), world.open());
        for act in [Act::CancelPin, Act::Quit] {
            let pin = while_waiting(
                || {
                    shows(&stage, PageKind::Pin);
                    let digits = Typed::new(b"12");
                    stage.act(Act::TypePin { digits }).unwrap();
                    stage.act(act).unwrap();
                },
                || reader.enter_pin(&request(), &call()),
            );
            assert!(pin.unwrap().is_none());
            assert_eq!(stage.state().unwrap().pins_held, 0);
        }
        let long = PinRequest {
            digits: 17,
            ..request()
        };
        assert_eq!(reader.enter_pin(&long, &call()).err(), Some(Error::Unsupported));
    });
}

#[test]
fn each_face_outcome_is_told() {
    isolated("people::each_face_outcome_is_told", |folder| {
        let world = World::new(folder);
        let stage = world.stage();
        let mut reader = world.open();
        assert_eq!(
            reader.verify_face(&face(), &call()),
            Err(Error::NoCard),
            "none is powered"
        );
        assert_eq!(reader.accept_visual(&call()), Err(Error::NoCard));
        world.insert("adult");
        assert_eq!(
            reader.verify_face(&face(), &call()),
            Err(Error::NoCard),
            "still none"
        );
        reader.power_on(&call()).unwrap();
        for outcome in [
            FaceOutcome::NoMatch,
            FaceOutcome::NoFace,
            FaceOutcome::SeveralFaces,
            FaceOutcome::CameraCovered,
            FaceOutcome::Declined,
            FaceOutcome::Match,
        ] {
            stage.act(Act::Face(FaceScript::always(outcome))).unwrap();
            let request = FaceRequest {
                again_because: Some(outcome),
                ..face()
            };
            assert_eq!(reader.verify_face(&request, &call()), Ok(outcome));
            assert_eq!(stage.state().unwrap().page(), None);
        }
        stage.act(Act::Face(FaceScript::nobody())).unwrap();
        for act in [Act::DeclineFace, Act::Quit] {
            let outcome = while_waiting(
                || {
                    shows(&stage, PageKind::Face);
                    stage.act(act).unwrap();
                },
                || reader.verify_face(&face(), &call()),
            );
            assert_eq!(outcome, Ok(FaceOutcome::Declined));
        }
    });
}

#[test]
fn a_card_that_leaves_ends_the_verification() {
    isolated("people::a_card_that_leaves_ends_the_verification", |folder| {
        let world = World::new(folder);
        let (stage, mut reader) = (world.stage(), world.powered("adult"));
        stage.act(Act::Face(FaceScript::nobody())).unwrap();
        let outcome = while_waiting(
            || {
                shows(&stage, PageKind::Face);
                stage.act(Act::Remove).unwrap();
            },
            || reader.verify_face(&face(), &call()),
        );
        assert_eq!(outcome, Err(Error::CardRemoved));
        assert_eq!(
            reader.verify_face(&face(), &call()),
            Err(Error::CardRemoved),
            "it was powered and is gone"
        );
        reader.power_off();
        assert_eq!(reader.verify_face(&face(), &call()), Err(Error::NoCard));
    });
}

#[test]
fn controls_reach_the_thread_and_the_device() {
    isolated("people::controls_reach_the_thread_and_the_device", |folder| {
        let world = World::new(folder);
        let mut reader = world.open();
        let mut control = |code, input: &[u8]| Reader::control(&mut *reader, code, input, &call());
        assert_eq!(control(control::ECHO, b"here").unwrap(), b"here");
        assert_eq!(control(CONTROL_ECHO, b"there").unwrap(), b"there");
        assert_eq!(control(CONTROL_ECHO, &[7; 80]).unwrap(), [7; 55]);
        assert_eq!(control(CONTROL_ECHO + 1, b""), Err(Error::Unsupported));
    });
}
