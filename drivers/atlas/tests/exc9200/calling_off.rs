//! A call that is not wanted any more: the device is free again, soon.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{FaceOutcome, FaceRequest, Page, PinHolder, PinRequest, Screen};
use madoguchi_driver_api::{Call, CancelFlag, Error, Medium, Reader};
use madoguchi_twin::Faults;
use madoguchi_twin::device::{Act, FaceScript, Generation, PageKind, Patient, State};

use crate::desk::{LONG, long, one, plan, seen};

const ROUNDS: usize = 20;

/// On a machine that is busy with other things. Alone it is a few milliseconds.
const BOUND: Duration = Duration::from_millis(500);

type Work = fn(&mut dyn Reader, &Call) -> Option<Error>;

/// Whether the device shows what belongs to it.
type Shown = fn(&State) -> bool;

fn register(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    let screen = Screen {
        page: Page::Register,
        language: "ja".to_owned(),
    };
    reader.present(&screen, call).err()
}

fn pin(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    let request = PinRequest {
        medium: Medium::Card,
        digits: 4,
        tries_left: None,
        holder: PinHolder::Patient,
        again_because: None,
        language: "ja".to_owned(),
    };
    reader.enter_pin(&request, call).err()
}

fn face(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    let request = FaceRequest {
        again_because: None,
        language: "ja".to_owned(),
    };
    reader.verify_face(&request, call).err()
}

fn visit(reader: &mut dyn Reader, call: &Call) -> Option<Error> {
    reader.run_visit(&plan(&Medium::ALL), &mut |_| (), call).err()
}

/// Calls it off once that is seen; says how long it took.
fn called_off(
    name: &str,
    reader: &mut dyn Reader,
    stage: &madoguchi_twin::device::Stage,
    work: Work,
    shown: impl Fn(&State) -> bool,
) -> Duration {
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + LONG, flag.clone());
    thread::scope(|scope| {
        let waiting = scope.spawn(|| (work(reader, &call), Instant::now()));
        seen(stage, name, shown);
        let cancelled = Instant::now();
        flag.cancel();
        let (ended, at) = waiting.join().unwrap();
        assert_eq!(ended, Some(Error::Cancelled), "{name}");
        assert!(
            stage.state().unwrap().page().is_none(),
            "{name}: its page is gone"
        );
        at - cancelled
    })
}

fn report(name: &str, mut took: Vec<Duration>) {
    took.sort();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("cancel of {name}: median {median:?}, longest {longest:?}");
    assert!(longest < BOUND, "{took:?}");
}

#[test]
fn every_step_is_called_off_and_the_card_keeps_its_power() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.insert("adult").unwrap();
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
    one.reader.power_on(&long()).unwrap();
    let waits: [(&str, Work, Shown); 3] = [
        ("page", register, |state| state.panel.is_some()),
        ("pin", pin, |state| state.pin.is_some()),
        ("face", face, |state| state.face),
    ];
    for (name, work, shown) in waits {
        let round = |_| {
            let took = called_off(name, &mut *one.reader, &stage, work, shown);
            assert!(stage.state().unwrap().card.unwrap().powered, "{name}");
            took
        };
        report(name, (0..ROUNDS).map(round).collect());
    }
}

#[test]
fn a_visit_is_called_off_wherever_it_stands_and_the_card_is_off() {
    for at in [
        PageKind::ChooseMedium,
        PageKind::Present,
        PageKind::Face,
        PageKind::Pin,
        PageKind::Consent,
    ] {
        let mut one = one(Generation::New);
        let stage = one.stage();
        let round = |_| {
            let mut patient = Patient::new("adult");
            patient.face = match at {
                PageKind::Face => FaceScript::nobody(),
                PageKind::Pin => FaceScript::always(FaceOutcome::NoMatch),
                _ => FaceScript::default(),
            };
            // He looks at the page and does nothing.
            let patient = patient.with(madoguchi_twin::device::Quirk::WalksAway { at });
            let visiting = patient.start(stage.clone(), None, LONG).unwrap();
            let took = called_off("visit", &mut *one.reader, &stage, visit, |state| {
                state.page() == Some(at)
            });
            drop(visiting);
            let state = stage.state().unwrap();
            assert!(state.card.is_none_or(|card| !card.powered), "{at:?}");
            if state.card_present {
                stage.act(Act::Remove).unwrap();
            }
            took
        };
        report(&format!("visit at {at:?}"), (0..ROUNDS / 2).map(round).collect());
    }
}

#[test]
fn a_card_that_will_not_answer_does_not_hold_the_counter() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    let hangs = Faults {
        hang_at_apdu: Some(1),
        ..Faults::default()
    };
    stage.act(fresh(hangs)).unwrap();
    one.reader.power_on(&long()).unwrap();
    let since = Instant::now();
    let short = Call::within(Duration::from_millis(100));
    let select = [0x00, 0xA4, 0x04, 0x0C, 0x00];
    assert_eq!(
        one.reader.transmit(&select, &mut Vec::new(), &short),
        Err(Error::Timeout)
    );
    one.reader.power_off();
    assert!(since.elapsed() < Duration::from_millis(100) + BOUND);
    assert!(!stage.state().unwrap().card.unwrap().powered);
    // The line is as good as before.
    stage.act(Act::Remove).unwrap();
    stage.act(fresh(Faults::default())).unwrap();
    one.reader.power_on(&long()).unwrap();
}

/// Puts a card on that was never there before.
fn fresh(faults: Faults) -> Act {
    let mut act = Act::insert("adult");
    if let Act::Insert(insert) = &mut act {
        insert.faults = faults;
        insert.fresh = true;
    }
    act
}
