//! A call that is not wanted any more: the device is free again, soon.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Page, PinHolder, Screen};
use madoguchi_driver_api::{Call, CancelFlag, Error, Medium, Reader};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, FaceScript, Generation, Insert, State};

use crate::desk::{LONG, long, one, seen};
use crate::discovery::insert;
use crate::face;

const ROUNDS: usize = 10;

/// On a machine that is busy with other things. Alone it is a few milliseconds.
const BOUND: Duration = Duration::from_millis(500);

type Shown = fn(&State) -> bool;
type Work = fn(&mut dyn Reader, &Call) -> Option<Error>;

fn register(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    let screen = Screen {
        page: Page::Register,
        language: "ja".to_owned(),
    };
    reader.present(&screen, call).err()
}

fn pin(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    let request = crate::pin::request(Medium::Card, PinHolder::Patient);
    reader.enter_pin(&request, call).err()
}

fn look(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    reader.verify_face(&face::request(), call).err()
}

#[test]
fn every_wait_is_called_off_and_its_page_is_gone() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    stage.insert("adult").unwrap();
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
    reader.power_on(&long()).unwrap();
    let waits: [(&str, Work, Shown); 3] = [
        ("page", register, |state| state.panel.is_some()),
        ("pin", pin, |state| state.pin.is_some()),
        ("face", look, |state| state.face),
    ];
    for (name, work, shown) in waits {
        let mut took: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let flag = CancelFlag::default();
                let call = Call::new(Instant::now() + LONG, flag.clone());
                thread::scope(|scope| {
                    let waiting = scope.spawn(|| (work(&mut *reader, &call), Instant::now()));
                    seen(stage, name, shown);
                    let cancelled = Instant::now();
                    flag.cancel();
                    let (ended, at) = waiting.join().unwrap();
                    assert_eq!(ended, Some(Error::Cancelled), "{name}");
                    let state = stage.state().unwrap();
                    assert!(state.page().is_none(), "{name}: {state:?}");
                    assert!(state.card.unwrap().powered, "the card keeps its power");
                    at - cancelled
                })
            })
            .collect();
        took.sort();
        println!(
            "cancel of {name}: median {:?}, longest {:?}",
            took[ROUNDS / 2],
            took[ROUNDS - 1]
        );
        assert!(took[ROUNDS - 1] < BOUND, "{took:?}");
    }
}

#[test]
fn a_card_that_will_not_answer_does_not_hold_the_counter() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    let hangs = Faults {
        hang_at_apdu: Some(1),
        ..Faults::default()
    };
    stage
        .act(Act::Insert(Insert {
            faults: hangs,
            ..insert("adult")
        }))
        .unwrap();
    reader.power_on(&long()).unwrap();
    let since = Instant::now();
    let short = Call::within(Duration::from_millis(100));
    let mut response = Vec::new();
    let ended = reader.transmit(&[0, 0xA4, 4, 0x0C], &mut response, &short);
    assert_eq!(ended, Err(Error::Timeout));
    assert!(since.elapsed() < Duration::from_millis(100) + BOUND);
    reader.power_off();
    let card = stage.state().unwrap().card.unwrap();
    assert!(!card.powered);
    println!(
        "a mute card's call, its time up, and its power off: {:?}",
        since.elapsed()
    );
}

#[test]
fn a_call_that_is_over_before_it_begins_does_nothing() {
    let (_desk, twin, mut reader) = one(Generation::New);
    let frames = twin.stage().state().unwrap().frames_in;
    let over = Call::within(Duration::ZERO);
    for work in [register as Work, pin, look] {
        assert_eq!(work(&mut *reader, &over), Some(Error::Timeout));
    }
    assert_eq!(reader.power_on(&over), Err(Error::Timeout));
    assert_eq!(twin.stage().state().unwrap().frames_in, frames);
}
