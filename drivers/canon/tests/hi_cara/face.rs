//! The maker's own comparison of a face with the card, and staff's word in its place.

use std::thread;

use madoguchi_driver_api::screen::{FaceOutcome, FaceRequest};
use madoguchi_driver_api::{Error, Reader};
use madoguchi_twin::device::{Act, FaceScript, Generation, Twin};

use crate::desk::{Desk, long, one, seen};

pub(crate) fn request() -> FaceRequest {
    FaceRequest {
        again_because: None,
        language: "ja".to_owned(),
    }
}

fn powered(generation: Generation) -> (Desk, Twin, Box<dyn Reader>) {
    let (desk, twin, mut reader) = one(generation);
    twin.stage().insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    (desk, twin, reader)
}

#[test]
fn every_outcome_is_told_as_it_is() {
    for generation in [Generation::Old, Generation::New] {
        let (_desk, twin, mut reader) = powered(generation);
        for outcome in [
            FaceOutcome::NoMatch,
            FaceOutcome::NoFace,
            FaceOutcome::SeveralFaces,
            FaceOutcome::CameraCovered,
            FaceOutcome::Declined,
            FaceOutcome::Match,
        ] {
            let script = FaceScript::always(outcome);
            twin.stage().act(Act::Face(script)).unwrap();
            let again = FaceRequest {
                again_because: Some(outcome),
                ..request()
            };
            assert_eq!(reader.verify_face(&again, &long()), Ok(outcome));
            let state = twin.stage().state().unwrap();
            assert!(!state.face && state.card.unwrap().powered);
        }
    }
}

#[test]
fn who_turns_away_declines() {
    let (_desk, twin, mut reader) = powered(Generation::New);
    let stage = twin.stage();
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
    for act in [Act::DeclineFace, Act::Quit] {
        thread::scope(|scope| {
            let verified = scope.spawn(|| reader.verify_face(&request(), &long()));
            seen(stage, "the camera", |state| state.face);
            stage.act(act.clone()).unwrap();
            assert_eq!(verified.join().unwrap(), Ok(FaceOutcome::Declined), "{act:?}");
        });
    }
}

#[test]
fn a_face_is_compared_with_a_powered_card_only() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    let frames = stage.state().unwrap().frames_in;
    assert_eq!(reader.verify_face(&request(), &long()), Err(Error::NoCard));
    assert_eq!(reader.accept_visual(&long()), Err(Error::NoCard));
    assert_eq!(stage.state().unwrap().frames_in, frames, "nothing was sent");
    stage.insert("adult").unwrap();
    reader.power_on(&long()).unwrap();
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
    thread::scope(|scope| {
        let verified = scope.spawn(|| reader.verify_face(&request(), &long()));
        seen(stage, "the camera", |state| state.face);
        stage.act(Act::Remove).unwrap();
        assert_eq!(verified.join().unwrap(), Err(Error::CardRemoved));
    });
}

#[test]
fn a_phone_has_no_photo_to_compare_with() {
    for persona in ["iphone", "android"] {
        let (_desk, twin, mut reader) = one(Generation::New);
        twin.stage().insert(persona).unwrap();
        reader.power_on(&long()).unwrap();
        assert_eq!(reader.verify_face(&request(), &long()), Err(Error::Unsupported));
        assert_eq!(reader.accept_visual(&long()), Err(Error::Unsupported));
        assert!(!twin.stage().state().unwrap().face);
    }
}

#[test]
fn the_oldest_firmware_takes_nobody_s_word() {
    let (_desk, twin, mut reader) = powered(Generation::Old);
    let frames = twin.stage().state().unwrap().frames_in;
    assert_eq!(reader.accept_visual(&long()), Err(Error::Unsupported));
    assert_eq!(
        twin.stage().state().unwrap().frames_in,
        frames,
        "nothing was sent"
    );
}
