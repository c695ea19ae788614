//! The PIN pad.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{PinHolder, PinRequest};
use madoguchi_driver_api::{Call, CancelFlag, Error, Medium};
use madoguchi_driver_kit::texts;
use madoguchi_twin::device::{Act, At, DeviceFaults, Generation, Stage, Typed, What};

use crate::desk::{LONG, long, one, seen};

fn request(holder: PinHolder) -> PinRequest {
    PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: Some(3),
        holder,
        again_because: None,
        language: "ja".to_owned(),
    }
}

fn digits(digits: &[u8]) -> Act {
    Act::TypePin {
        digits: Typed::new(digits),
    }
}

fn pad(stage: &Stage) {
    seen(stage, "the pad", |state| state.pin.is_some());
}

fn nothing_is_kept(stage: &Stage) {
    let state = stage.state().unwrap();
    assert_eq!(state.pins_held, 0);
    assert!(state.pin.is_none());
}

#[test]
fn what_is_typed_arrives_and_is_gone_from_the_device() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    for holder in [PinHolder::Patient, PinHolder::Guardian] {
        let request = request(holder);
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&request, &long()));
            pad(stage);
            let shown = stage.state().unwrap().pin.unwrap().pad;
            let words = texts::pin(&request);
            assert_eq!((shown.title, shown.lines), (words.title, words.lines));
            assert_eq!(shown.holder, holder);
            stage.act(digits(b"97")).unwrap();
            stage.act(digits(b"31")).unwrap();
            let pin = entered.join().unwrap().unwrap().unwrap();
            assert_eq!(pin.expose(), b"9731");
        });
        nothing_is_kept(stage);
    }
}

#[test]
fn who_does_not_want_to_type_need_not() {
    let (_desk, twin, mut reader) = one(Generation::Old);
    let stage = twin.stage();
    for act in [Act::CancelPin, Act::Quit] {
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&request(PinHolder::Patient), &long()));
            pad(stage);
            stage.act(digits(b"97")).unwrap();
            stage.act(act.clone()).unwrap();
            assert!(matches!(entered.join().unwrap(), Ok(None)), "{act:?}");
        });
        nothing_is_kept(stage);
    }
}

#[test]
fn a_call_that_ends_wipes_the_pad() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    for end in [Error::Cancelled, Error::Timeout] {
        let flag = CancelFlag::default();
        let limit = if end == Error::Timeout {
            Duration::from_millis(300)
        } else {
            LONG
        };
        let call = Call::new(Instant::now() + limit, flag.clone());
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&request(PinHolder::Patient), &call));
            pad(stage);
            stage.act(digits(b"973")).unwrap();
            if end == Error::Cancelled {
                flag.cancel();
            }
            assert_eq!(entered.join().unwrap().err(), Some(end.clone()));
        });
        nothing_is_kept(stage);
    }
}

#[test]
fn a_spoilt_answer_is_not_kept_anywhere_and_nobody_is_asked_twice() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    let spoilt = DeviceFaults::one(At::Sent(1), What::WrongChecksum);
    thread::scope(|scope| {
        let entered = scope.spawn(|| reader.enter_pin(&request(PinHolder::Patient), &long()));
        pad(stage);
        let pads = stage.state().unwrap().pages.len();
        stage.act(Act::Faults(spoilt)).unwrap();
        stage.act(digits(b"9731")).unwrap();
        let ended = entered.join().unwrap();
        assert!(matches!(ended, Err(Error::Protocol { .. })), "{ended:?}");
        assert_eq!(stage.state().unwrap().pages.len(), pads);
    });
    nothing_is_kept(stage);
}
