//! Every fault at every frame of a visit: it goes on or ends with a typed error in time, no PIN is sent twice, and the
//! next visit is as good as any.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, Page, PinHolder, Screen};
use madoguchi_driver_api::{Call, Error, Medium, Reader};
use madoguchi_twin::device::{Act, At, DeviceFaults, FaceScript, Generation, State, What};

use crate::desk::{long, one, seen};

const DEADLINE: Duration = Duration::from_secs(6);

/// What a busy machine may add.
const SLACK: Duration = Duration::from_secs(2);

/// Frames of a visit in each direction, and a few after it.
const FRAMES: u32 = 14;

/// So many devices at a time.
const WORKERS: usize = 6;

const VISIT: [(&str, &[u8]); 5] = [
    (
        "select",
        b"\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01",
    ),
    ("select pin", b"\x00\xA4\x02\x0C\x02\x00\x18"),
    ("verify", b"\x00\x20\x00\x80\x041234"),
    ("select certificate", b"\x00\xA4\x02\x0C\x02\x00\x0A"),
    ("read", b"\x00\xB0\x00\x00\x00"),
];

/// A visit that ends at its first error; each step in time.
fn visit(reader: &mut dyn Reader) -> Result<(), (&'static str, Error)> {
    let mut step = |name, work: &mut dyn FnMut(&mut dyn Reader, &Call) -> Result<(), Error>| {
        let since = Instant::now();
        let result = work(reader, &Call::within(DEADLINE));
        assert!(since.elapsed() < DEADLINE + SLACK, "{name} took too long");
        result.map_err(|error| (name, error))
    };
    step("power on", &mut |reader, call| reader.power_on(call).map(drop))?;
    for (name, apdu) in VISIT {
        step(name, &mut |reader, call| {
            let mut response = Vec::new();
            reader.transmit(apdu, &mut response, call)?;
            // Nothing spoilt passes for an answer.
            assert_eq!(
                response[response.len() - 2..],
                [0x90, 0],
                "{name}: {response:02X?}"
            );
            assert_eq!(response.len(), if name == "read" { 258 } else { 2 });
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

/// Whether the visit went on in spite of it, or how it ended.
fn with(fault: DeviceFaults, generation: Generation) -> Result<(), (&'static str, Error)> {
    let (desk, twin, mut reader) = one(generation);
    let stage = twin.stage();
    stage.insert("adult").unwrap();
    stage.act(Act::Faults(fault)).unwrap();
    let ended = visit(&mut *reader);
    reader.power_off();
    let sent = stage.state().unwrap().card.unwrap().pins_sent;
    assert!(sent <= 1, "a PIN was sent {sent} times");
    stage.act(Act::Faults(DeviceFaults::default())).unwrap();
    desk.wait_until("usable again", |readers| {
        readers.len() == 1 && readers[0].selector == "0001" && readers[0].unavailable.is_none()
    });
    seen(stage, "connected", |state| state.connected && !state.frozen);
    // A device that was away is taken up again by the same reader.
    assert_eq!(visit(&mut *reader), Ok(()));
    assert_eq!(stage.state().unwrap().card.unwrap().pins_sent, sent + 1);
    ended
}

fn every_fault() -> Vec<(At, What)> {
    let whats = [
        What::Garbage,
        What::Half,
        What::Lost,
        What::WrongChecksum,
        What::Duplicate,
        What::Slow {
            delay_ms: 60,
            frames: 3,
        },
        What::Unplug {
            back_after_ms: Some(50),
        },
        What::Freeze { for_ms: Some(700) },
        What::Reboot { takes_ms: 50 },
        What::ClockJump { by_s: -3600 },
    ];
    let frames = (1..=FRAMES).flat_map(|n| [At::Sent(n), At::Received(n)]);
    frames
        .flat_map(|at| whats.into_iter().map(move |what| (at, what)))
        .collect()
}

/// What may come of it: nothing at all where the protocol mends it.
fn check(at: At, what: What, ended: &Result<(), (&'static str, Error)>, generation: Generation) {
    let gone = |error: &Error| {
        matches!(
            error,
            Error::ReaderRemoved | Error::CardReset | Error::CardRemoved | Error::NoCard
        )
    };
    let apdu = |step: &&str| VISIT.iter().any(|(apdu, _)| apdu == step);
    let good = match (what, at, ended) {
        (_, _, Ok(())) => true,
        (What::Unplug { .. } | What::Reboot { .. }, _, Err((_, error))) => gone(error),
        // What the device did not get is sent again, but for APDUs.
        (
            What::Garbage | What::Half | What::Lost | What::WrongChecksum | What::Freeze { .. },
            At::Received(_),
            Err((step, Error::Protocol { .. })),
        ) => apdu(step),
        // The first generation cannot be asked for an answer once more.
        (What::Garbage | What::Half | What::Lost | What::WrongChecksum, _, Err((step, error))) => {
            let typed = matches!(error, Error::Protocol { .. } | Error::ReaderUnavailable { .. });
            generation == Generation::Old && apdu(step) && typed
        }
        _ => false,
    };
    assert!(good, "{what:?} at {at:?}, {generation:?}: {ended:?}");
}

/// Tries each fault and says how many the protocol mended, and how long it took.
fn try_all(faults: &[(At, What)], generation: Generation) -> (usize, Duration) {
    let next = AtomicUsize::new(0);
    let mended = AtomicUsize::new(0);
    let since = Instant::now();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((at, what)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fault = DeviceFaults {
                        seed: 7,
                        ..DeviceFaults::one(*at, *what)
                    };
                    let ended = with(fault, generation);
                    check(*at, *what, &ended, generation);
                    mended.fetch_add(usize::from(ended.is_ok()), Ordering::Relaxed);
                }
            });
        }
    });
    let mended = mended.load(Ordering::Relaxed);
    (mended, since.elapsed())
}

#[test]
fn every_fault_at_every_frame() {
    let faults = every_fault();
    let (mended, took) = try_all(&faults, Generation::New);
    println!(
        "{} faults, {mended} mended by the protocol, the others typed; {took:.1?}",
        faults.len()
    );
    assert!(mended > faults.len() / 2);
}

#[test]
fn the_first_generation_mends_less_and_ends_as_well() {
    let damage = |(at, what): &(At, What)| match what {
        What::Garbage | What::Half | What::WrongChecksum | What::Duplicate | What::Unplug { .. } => true,
        // Each of them is waited for.
        What::Lost => matches!(at, At::Sent(1 | 4) | At::Received(1 | 4)),
        _ => false,
    };
    let faults: Vec<_> = every_fault().into_iter().filter(damage).collect();
    let (mended, took) = try_all(&faults, Generation::Old);
    println!(
        "{} faults, {mended} mended by the protocol, the others typed; {took:.1?}",
        faults.len()
    );
    assert!(mended > faults.len() / 4);
}

type Work = fn(&mut dyn Reader, &Call) -> Option<Error>;
/// A wait: its name, how it begins, and when it has.
type Wait = (&'static str, Work, fn(&State) -> bool);

#[test]
fn a_plug_that_is_pulled_ends_every_wait_at_once() {
    let waits: [Wait; 3] = [
        (
            "page",
            |reader, call| {
                let register = Screen {
                    page: Page::Register,
                    language: "ja".to_owned(),
                };
                reader.present(&register, call).err()
            },
            |state| state.panel.is_some(),
        ),
        (
            "pin",
            |reader, call| {
                let request = crate::pin::request(Medium::Card, PinHolder::Patient);
                reader.enter_pin(&request, call).err()
            },
            |state| state.pin.is_some(),
        ),
        (
            "face",
            |reader, call| reader.verify_face(&crate::face::request(), call).err(),
            |state| state.face,
        ),
    ];
    for (name, work, shown) in waits {
        let (desk, twin, mut reader) = one(Generation::New);
        let stage = twin.stage();
        stage.insert("adult").unwrap();
        stage.act(Act::Face(FaceScript::nobody())).unwrap();
        reader.power_on(&long()).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| (work(&mut *reader, &long()), Instant::now()));
            seen(stage, name, shown);
            let pulled = Instant::now();
            stage.act(Act::Unplug { back_after_ms: None }).unwrap();
            let (ended, at) = waiting.join().unwrap();
            assert_eq!(ended, Some(Error::ReaderRemoved));
            println!("unplugged → {name} ended: {:?}", at - pulled);
            assert!(at - pulled < Duration::from_secs(2));
        });
        assert_eq!(stage.state().unwrap().pins_held, 0);
        assert_eq!(desk.readers(), []);
        stage.act(Act::Replug { port: None }).unwrap();
        desk.wait_until("back", |readers| {
            readers.len() == 1 && readers[0].unavailable.is_none()
        });
        assert_eq!(visit(&mut *reader), Ok(()), "{name}");
    }
}

#[test]
fn a_device_that_freezes_for_good_ends_the_call_and_is_listed_so() {
    let (desk, twin, mut reader) = one(Generation::New);
    let stage = twin.stage();
    stage.act(Act::Freeze { for_ms: None }).unwrap();
    let short = Call::within(Duration::from_millis(300));
    assert_eq!(reader.power_on(&short), Err(Error::Timeout));
    let ended = reader.power_on(&long());
    assert!(matches!(ended, Err(Error::ReaderUnavailable { .. })), "{ended:?}");
    desk.wait_until("unavailable", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_some()
    });
    // Whoever re-plugs it has cured it.
    stage.act(Act::Replug { port: None }).unwrap();
    stage.insert("adult").unwrap();
    desk.wait_until("usable again", |readers| {
        readers.len() == 1 && readers[0].unavailable.is_none()
    });
    reader.power_on(&long()).unwrap();
}
