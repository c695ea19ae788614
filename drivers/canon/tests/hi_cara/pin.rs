//! The PIN pad.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{PinHolder, PinRequest};
use madoguchi_driver_api::{Call, CancelFlag, Error, Medium, Reason};
use madoguchi_twin::device::{Act, At, DeviceFaults, Generation, Stage, Typed, What};

use crate::desk::{LONG, long, one, seen};

pub(crate) fn request(medium: Medium, holder: PinHolder) -> PinRequest {
    PinRequest {
        medium,
        digits: 4,
        tries_left: Some(3),
        holder,
        again_because: None,
        language: "ja".to_owned(),
    }
}

pub(crate) fn digits(digits: &[u8]) -> Act {
    Act::TypePin {
        digits: Typed::new(digits),
    }
}

fn patient() -> PinRequest {
    request(Medium::Card, PinHolder::Patient)
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
    let requests = [
        (patient(), "カードの暗証番号を入力してください。"),
        (
            request(Medium::Android, PinHolder::Patient),
            "スマートフォンの暗証番号を入力してください。",
        ),
        (
            request(Medium::Card, PinHolder::Guardian),
            "保護者の方が暗証番号を入力してください。",
        ),
    ];
    for (request, title) in requests {
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&request, &long()));
            pad(stage);
            let shown = stage.state().unwrap().pin.unwrap().pad;
            assert_eq!((shown.title.as_str(), shown.holder), (title, request.holder));
            assert_eq!(shown.lines, ["残り3回"]);
            stage.act(digits(b"97")).unwrap();
            stage.act(digits(b"31")).unwrap();
            let pin = entered.join().unwrap().unwrap().unwrap();
            assert_eq!(pin.expose(), b"9731");
        });
        nothing_is_kept(stage);
    }
}

#[test]
fn the_device_says_why_it_is_asked_again_in_the_patient_s_language() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    let again = PinRequest {
        tries_left: Some(1),
        again_because: Some(Reason::PinWrong),
        digits: 6,
        language: "en-US".to_owned(),
        ..patient()
    };
    thread::scope(|scope| {
        let entered = scope.spawn(|| reader.enter_pin(&again, &long()));
        pad(stage);
        let shown = stage.state().unwrap().pin.unwrap().pad;
        assert_eq!(shown.lines, ["The PIN was wrong.", "1 tries left"]);
        stage.act(digits(b"123456")).unwrap();
        assert_eq!(entered.join().unwrap().unwrap().unwrap().expose(), b"123456");
    });
}

#[test]
fn who_does_not_want_to_type_need_not() {
    let (_desk, twin, mut reader) = one(Generation::Old);
    let stage = twin.stage();
    for act in [Act::CancelPin, Act::Quit] {
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&patient(), &long()));
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
            Duration::from_millis(500)
        } else {
            LONG
        };
        let call = Call::new(Instant::now() + limit, flag.clone());
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&patient(), &call));
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
    for generation in [Generation::Old, Generation::New] {
        let (_desk, twin, mut reader) = one(generation);
        let stage = twin.stage();
        let spoilt = DeviceFaults::one(At::Sent(1), What::WrongChecksum);
        thread::scope(|scope| {
            let entered = scope.spawn(|| reader.enter_pin(&patient(), &long()));
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
}
