//! Every fault at every frame of a visit, led by the gateway or by the service: it goes on or ends with a typed error in
//! time, no PIN is sent twice, and the next visit is as good as any.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, FaceOutcome, Page, Screen};
use madoguchi_driver_api::visit::Outcome;
use madoguchi_driver_api::{Call, Error, Medium, Method, Reader};
use madoguchi_twin::device::{Act, At, DeviceFaults, FaceScript, Generation, Patient, What};

use crate::desk::{LONG, One, long, one, plan, seen};

/// No step of the twin's takes as long but where something was lost.
const DEADLINE: Duration = Duration::from_millis(1_500);

/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(2);

/// What it may add where a wait is short.
const BUSY_MACHINE: Duration = Duration::from_millis(150);

/// So many devices at a time.
const WORKERS: usize = 6;

const STEPS: [(&str, &[u8]); 4] = [
    (
        "select",
        b"\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01",
    ),
    ("select pin", b"\x00\xA4\x02\x0C\x02\x00\x18"),
    ("verify", b"\x00\x20\x00\x80\x041234"),
    ("select certificate", b"\x00\xA4\x02\x0C\x02\x00\x0A"),
];

type Ended = Result<(), (&'static str, Error)>;

/// A visit that ends at its first error; each step in time.
fn stepwise(one: &mut One) -> Ended {
    let reader = &mut *one.reader;
    let mut step = |name, work: &mut dyn FnMut(&mut dyn Reader, &Call) -> Result<(), Error>| {
        let since = Instant::now();
        let result = work(reader, &Call::within(DEADLINE));
        assert!(since.elapsed() < DEADLINE + SLACK, "{name} took too long");
        result.map_err(|error| (name, error))
    };
    step("power on", &mut |reader, call| reader.power_on(call).map(drop))?;
    for (name, apdu) in STEPS {
        step(name, &mut |reader, call| {
            let mut response = Vec::new();
            reader.transmit(apdu, &mut response, call)?;
            // Nothing spoilt passes for an answer.
            assert_eq!(response, [0x90, 0], "{name}");
            Ok(())
        })?;
    }
    let screen = Screen {
        page: Page::Completed,
        language: "ja".to_owned(),
    };
    step("page", &mut |reader, call| {
        assert_eq!(reader.present(&screen, call)?, Answer::Seen);
        Ok(())
    })?;
    reader.power_off();
    Ok(())
}

/// A visit by PIN that the service leads.
fn delegated(one: &mut One) -> Ended {
    let face = FaceScript::always(FaceOutcome::NoMatch).thinking(1);
    let mut patient = Patient::new("adult").looking(face).by(Method::Pin);
    // The card remembers what it was sent before.
    patient.fresh = false;
    let visiting = patient.start(one.stage(), None, LONG).unwrap();
    let since = Instant::now();
    let call = Call::within(DEADLINE * 2);
    let outcome = one.reader.run_visit(&plan(&[Medium::Card]), &mut |_| (), &call);
    assert!(since.elapsed() < DEADLINE * 2 + SLACK, "it took too long");
    drop(visiting);
    match outcome {
        Ok(Outcome::Verified { method, .. }) => {
            assert_eq!(method, Method::Pin);
            Ok(())
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(("visit", error)),
    }
}

fn pins_sent(one: &One) -> u32 {
    one.stage().state().unwrap().card.unwrap().pins_sent
}

/// Whether the visit went on in spite of it, or how it ended.
fn with(fault: DeviceFaults, visit: fn(&mut One) -> Ended) -> Ended {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.insert("adult").unwrap();
    stage.act(Act::Faults(fault)).unwrap();
    let ended = visit(&mut one);
    one.reader.power_off();
    let sent = pins_sent(&one);
    assert!(sent <= 1, "a PIN was sent {sent} times");
    stage.act(Act::Faults(DeviceFaults::default())).unwrap();
    one.desk.wait_until("usable again", |readers| {
        readers.len() == 1 && readers[0].selector == "EXC1" && readers[0].unavailable.is_none()
    });
    seen(&stage, "connected", |state| state.connected && !state.frozen);
    // The very same reader goes on; it may find out only now that its line is of no use.
    if !stage.state().unwrap().card_present {
        stage.insert("adult").unwrap();
    }
    let mut tries = 0;
    while let Err(error) = again(&mut one, visit) {
        tries += 1;
        assert!(tries < 4, "{error:?}");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(pins_sent(&one), sent + 1);
    ended
}

/// A visit after the fault; one that did not begin is no visit.
fn again(one: &mut One, visit: fn(&mut One) -> Ended) -> Ended {
    let idle = Screen {
        page: Page::Idle,
        language: "ja".to_owned(),
    };
    let seen = one.reader.present(&idle, &long());
    seen.map_err(|error| ("idle", error))?;
    if !one.stage().state().unwrap().card_present {
        one.stage().insert("adult").unwrap();
    }
    assert_eq!(visit(one), Ok(()));
    Ok(())
}

fn every_fault(frames: u32) -> Vec<(At, What)> {
    let whats = [
        What::Garbage,
        What::Half,
        What::Lost,
        What::WrongChecksum,
        What::Duplicate,
        What::Slow {
            delay_ms: 30,
            frames: 3,
        },
        What::Unplug {
            back_after_ms: Some(50),
        },
        What::Freeze { for_ms: Some(400) },
        What::Reboot { takes_ms: 50 },
        What::ClockJump { by_s: -3600 },
    ];
    (1..=frames)
        .flat_map(|n| [At::Sent(n), At::Received(n)])
        .flat_map(|at| whats.into_iter().map(move |what| (at, what)))
        .collect()
}

/// What may come of it.
fn check(at: At, what: What, ended: &Ended) {
    let good = match (what, ended) {
        (_, Ok(())) => true,
        // What takes a moment or comes twice to the device changes nothing.
        (What::Slow { .. } | What::ClockJump { .. }, Err(_)) => false,
        (What::Duplicate, Err((_, error))) => {
            matches!(at, At::Sent(_)) && matches!(error, Error::Protocol { .. } | Error::CardReset)
        }
        (What::Unplug { .. } | What::Reboot { .. }, Err((_, error))) => matches!(
            error,
            Error::ServiceUnavailable | Error::ReaderRemoved | Error::CardReset
        ),
        (_, Err((_, error))) => matches!(
            error,
            Error::Protocol { .. }
                | Error::Timeout
                | Error::ServiceUnavailable
                | Error::ReaderRemoved
                | Error::CardReset
        ),
    };
    assert!(good, "{what:?} at {at:?}: {ended:?}");
}

fn run(name: &str, frames: u32, visit: fn(&mut One) -> Ended) {
    let faults = every_fault(frames);
    let next = AtomicUsize::new(0);
    let survived = AtomicUsize::new(0);
    let since = Instant::now();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((at, what)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fault = DeviceFaults {
                        seed: 7,
                        ..DeviceFaults::one(*at, *what)
                    };
                    let ended = with(fault, visit);
                    check(*at, *what, &ended);
                    survived.fetch_add(usize::from(ended.is_ok()), Ordering::Relaxed);
                }
            });
        }
    });
    let survived = survived.load(Ordering::Relaxed);
    println!(
        "{name}: {} faults, {survived} without harm, the others typed; {:.1?}",
        faults.len(),
        since.elapsed()
    );
    assert!(survived > 0 && survived < faults.len());
}

#[test]
fn every_fault_at_every_frame_of_a_visit_step_by_step() {
    run("stepwise", 6, stepwise);
}

#[test]
fn every_fault_at_every_frame_of_a_visit_that_the_service_leads() {
    run("delegated", 5, delegated);
}

#[test]
fn a_service_that_freezes_is_given_up_and_found_again_when_it_thaws() {
    let mut one = one(Generation::New);
    let stage = one.stage();
    stage.act(Act::Freeze { for_ms: Some(2_000) }).unwrap();
    let since = Instant::now();
    assert_eq!(
        one.reader.power_on(&long()).err(),
        Some(Error::ServiceUnavailable)
    );
    println!("frozen → given up: {:?}", since.elapsed());
    assert!(since.elapsed() < Duration::from_secs(2));
    // Whoever tries meanwhile is not held up beyond his own deadline.
    let since = Instant::now();
    let short = Call::within(Duration::from_millis(30));
    assert!(one.reader.power_on(&short).is_err());
    assert!(since.elapsed() < Duration::from_millis(30) + Call::PATIENCE + BUSY_MACHINE);
    one.desk.wait_until("usable again", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_none()
    });
    stage.insert("adult").unwrap();
    one.reader.power_on(&long()).unwrap();
}
