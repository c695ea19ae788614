//! Deadline and cancellation: how soon a call is over, and that nothing is left on the device.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, FaceRequest, Page, PinHolder, Screen};
use madoguchi_driver_api::{Call, CancelFlag, Error, Reader};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, FaceScript, Generation, State};

use crate::screens::{face_request, pin_request};
use crate::support::{Desk, LONG, insert_with, long};

type Work = fn(&mut dyn Reader, &Call) -> Result<(), Error>;
type Wish = fn(&State) -> bool;

fn register() -> Screen {
    Screen {
        page: Page::Register,
        language: "ja".into(),
    }
}

fn present(reader: &mut dyn Reader, call: &Call) -> Result<(), Error> {
    reader.present(&register(), call).map(drop)
}

fn enter_pin(reader: &mut dyn Reader, call: &Call) -> Result<(), Error> {
    reader.enter_pin(&pin_request(PinHolder::Patient), call).map(drop)
}

fn verify_face(reader: &mut dyn Reader, call: &Call) -> Result<(), Error> {
    let request: FaceRequest = face_request();
    reader.verify_face(&request, call).map(drop)
}

const SILENT: [u8; 7] = [0x00, 0xA4, 0x04, 0x0C, 0x02, 0x3F, 0x00];

fn transmit(reader: &mut dyn Reader, call: &Call) -> Result<(), Error> {
    reader.transmit(&SILENT, &mut Vec::new(), call)
}

/// A device at which each of these waits for ever.
fn patient_desk() -> (Desk, Box<dyn Reader>) {
    let desk = Desk::new(Generation::New);
    desk.stage().act(Act::Face(FaceScript::nobody())).unwrap();
    desk.stage()
        .act(insert_with(Faults {
            hang_at_apdu: Some(1),
            ..Faults::default()
        }))
        .unwrap();
    let mut reader = desk.open();
    desk.wait(|state| state.card_present);
    reader.power_on(&long()).unwrap();
    (desk, reader)
}

fn is_blank(state: &State) -> bool {
    state.page().is_none() && state.pins_held == 0
}

/// Calls it off once it waits; says how long the call lasted after that, and how long until the screen was clear.
fn cancel(desk: &Desk, reader: &mut dyn Reader, work: Work, waits: Wish) -> (Duration, Duration) {
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + LONG, flag.clone());
    let stage = desk.stage().clone();
    let person = thread::spawn(move || {
        assert!(stage.wait_for(LONG, waits).unwrap().is_some());
        thread::sleep(Duration::from_millis(15));
        let at = Instant::now();
        flag.cancel();
        assert!(stage.wait_for(LONG, is_blank).unwrap().is_some());
        (at, at.elapsed())
    });
    assert_eq!(work(reader, &call), Err(Error::Cancelled));
    let over = Instant::now();
    let (at, clear) = person.join().unwrap();
    (over - at, clear)
}

#[test]
fn what_is_called_off_is_over_soon_and_leaves_nothing_on_the_screen() {
    let (desk, mut reader) = patient_desk();
    let cases: [(&str, Work, Wish); 3] = [
        ("page", present, |state| state.panel.is_some()),
        ("PIN", enter_pin, |state| state.pin.is_some()),
        ("face", verify_face, |state| state.face),
    ];
    for (name, work, waits) in cases {
        let mut taken: Vec<(Duration, Duration)> = (0..20)
            .map(|_| cancel(&desk, &mut *reader, work, waits))
            .collect();
        taken.sort();
        let (median, worst) = (taken[10].0, taken[19].0);
        let clear = taken.iter().map(|(_, clear)| *clear).max().unwrap();
        println!(
            "cancel {name}: median {median:.1?}, worst {worst:.1?}, screen clear after {clear:.1?} at most"
        );
        assert!(median < Call::PATIENCE, "{name}: {median:?}");
        assert!(
            worst < 4 * Call::PATIENCE,
            "{name}: {worst:?}, on a machine that may be busy"
        );
    }
    // It goes on as if nothing had been.
    let person = desk.once(|state| state.panel.is_some(), Act::press(Answer::Yes));
    assert_eq!(reader.present(&register(), &long()), Ok(Answer::Yes));
    person.join().unwrap();
}

#[test]
fn a_card_that_does_not_answer_is_called_off_and_loses_its_power() {
    let (desk, mut reader) = patient_desk();
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + LONG, flag.clone());
    let person = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        flag.cancel();
        Instant::now()
    });
    assert_eq!(transmit(&mut *reader, &call), Err(Error::Cancelled));
    let over = Instant::now();
    assert!(over - person.join().unwrap() < 4 * Call::PATIENCE);
    assert!(!desk.wait(|state| state.card.is_some()).card.unwrap().powered);
    reader
        .present(
            &Screen {
                page: Page::Idle,
                language: "ja".into(),
            },
            &long(),
        )
        .unwrap();
}

#[test]
fn a_deadline_ends_each_call_and_clears_its_page() {
    let (desk, mut reader) = patient_desk();
    for work in [present, enter_pin, verify_face, transmit] {
        let began = Instant::now();
        let bound = Duration::from_millis(120);
        assert_eq!(work(&mut *reader, &Call::within(bound)), Err(Error::Timeout));
        let late = began.elapsed().saturating_sub(bound);
        assert!(late < 4 * Call::PATIENCE, "{late:?} late");
        desk.wait(is_blank);
    }
    assert_eq!(
        present(&mut *reader, &Call::within(Duration::ZERO)),
        Err(Error::Timeout)
    );
}

#[test]
fn a_call_that_is_called_off_before_it_begins_shows_nothing() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    let flag = CancelFlag::default();
    flag.cancel();
    let call = Call::new(Instant::now() + LONG, flag);
    assert_eq!(present(&mut *reader, &call), Err(Error::Cancelled));
    assert!(desk.stage().state().unwrap().pages.is_empty());
}
