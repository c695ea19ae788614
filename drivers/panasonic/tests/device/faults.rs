//! A line that lies: whatever happens to a report, a call ends in time, with what really happened or with an error, and
//! the next one works.

use std::time::{Duration, Instant};

use madoguchi_driver_api::Driver as _;
use madoguchi_driver_api::screen::{Answer, FaceOutcome, Page};
use madoguchi_driver_api::{Call, Error, Reader};
use madoguchi_twin::device::{Act, At, DeviceFaults, Fault, PageKind, Stage, What};

use crate::people::{face, request};
use crate::world::{World, call, isolated, screen, shows, while_waiting};

const WHATS: [What; 7] = [
    What::Garbage,
    What::Half,
    What::Lost,
    What::WrongChecksum,
    What::Duplicate,
    What::Slow {
        delay_ms: 130,
        frames: 2,
    },
    What::Freeze { for_ms: Some(250) },
];

/// Frames of either direction that a call has, and a few more.
const FRAMES: u32 = 6;

/// Longer than any of it takes.
const DEADLINE: Duration = Duration::from_secs(3);

/// Lets each thing happen to each frame of a call. `answer` is what the person does, on a device that may be frozen.
fn torment<T: std::fmt::Debug + PartialEq + Send>(
    world: &World,
    reader: &mut dyn Reader,
    answer: impl Fn(&Stage) + Sync,
    work: impl Fn(&mut dyn Reader, &Call) -> Result<T, Error>,
    truth: &T,
) {
    let stage = world.stage();
    let (mut right, mut wrong) = (0, 0);
    for what in WHATS {
        for at in (1..=FRAMES).flat_map(|frame| [At::Sent(frame), At::Received(frame)]) {
            stage.act(Act::Faults(DeviceFaults::one(at, what))).unwrap();
            let began = Instant::now();
            let ended = while_waiting(|| answer(&stage), || work(reader, &Call::within(DEADLINE)));
            assert!(
                began.elapsed() < DEADLINE + Call::PATIENCE,
                "{at:?} {what:?} {:?}",
                began.elapsed()
            );
            match ended {
                Ok(result) => {
                    assert_eq!(result, *truth, "{at:?} {what:?}");
                    right += 1;
                }
                Err(Error::Protocol { .. } | Error::ReaderUnavailable { .. } | Error::Timeout) => wrong += 1,
                Err(error) => panic!("{at:?} {what:?} {error:?}"),
            }
            stage.act(Act::Faults(DeviceFaults::default())).unwrap();
            let idle = reader.present(&screen(Page::Idle, "ja"), &call());
            assert_eq!(idle, Ok(Answer::Seen), "{at:?} {what:?}");
            assert_eq!(stage.state().unwrap().pins_held, 0, "{at:?} {what:?}");
        }
    }
    println!(
        "measured: {right} calls right and {wrong} refused of {}",
        right + wrong
    );
    assert_eq!(wrong, 0, "one damaged report is always made good");
}

/// Acts again and again until the device took it: it may be frozen.
fn insist(stage: &Stage, page: PageKind, act: &Act) {
    let until = Instant::now() + DEADLINE;
    while Instant::now() < until {
        shows(stage, page);
        if stage.act(act.clone()).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn pages_survive_a_line_that_lies() {
    isolated("faults::pages_survive_a_line_that_lies", |folder| {
        let world = World::new(folder);
        let mut reader = world.open();
        torment(
            &world,
            &mut *reader,
            |stage| insist(stage, PageKind::StaffCheck, &Act::press(Answer::Yes)),
            |reader, call| reader.present(&screen(Page::StaffCheck, "ja"), call),
            &Answer::Yes,
        );
    });
}

#[test]
fn pins_survive_a_line_that_lies() {
    isolated("faults::pins_survive_a_line_that_lies", |folder| {
        let world = World::new(folder);
        let mut reader = world.open();
        let pin = madoguchi_core::Pin::new(b"1234".to_vec()).unwrap();
        torment(
            &world,
            &mut *reader,
            |stage| insist(stage, PageKind::Pin, &Act::type_pin(&pin)),
            |reader, call| {
                let pin = reader.enter_pin(&request(), call)?;
                Ok(pin.map(|pin| pin.expose().to_vec()))
            },
            &Some(b"1234".to_vec()),
        );
    });
}

#[test]
fn faces_survive_a_line_that_lies_and_the_card_is_not_reset() {
    isolated(
        "faults::faces_survive_a_line_that_lies_and_the_card_is_not_reset",
        |folder| {
            let world = World::new(folder);
            let mut reader = world.powered("adult");
            torment(
                &world,
                &mut *reader,
                |_| {},
                |reader, call| reader.verify_face(&face(), call),
                &FaceOutcome::Match,
            );
            let card = world.stage().state().unwrap().card.unwrap();
            assert_eq!((card.powered, card.pins_sent), (true, 0));
        },
    );
}

#[test]
fn a_device_that_freezes_for_good_ends_the_call_and_is_back_when_replugged() {
    isolated(
        "faults::a_device_that_freezes_for_good_ends_the_call_and_is_back_when_replugged",
        |folder| {
            let world = World::new(folder);
            world.drain();
            let (stage, mut reader) = (world.stage(), world.open());
            stage.act(Act::Freeze { for_ms: None }).unwrap();
            let began = Instant::now();
            let ended = reader.present(&screen(Page::Idle, "ja"), &call());
            assert!(matches!(ended, Err(Error::ReaderUnavailable { .. })), "{ended:?}");
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
            stage.act(Act::Replug { port: None }).unwrap();
            world.event("back", |event| {
            matches!(event, madoguchi_driver_api::Event::ReaderChanged(info) if info.unavailable.is_none())
        });
            assert_eq!(
                reader.present(&screen(Page::Idle, "ja"), &call()),
                Ok(Answer::Seen)
            );
        },
    );
}

#[test]
fn a_line_that_only_lies_is_a_protocol_error() {
    isolated("faults::a_line_that_only_lies_is_a_protocol_error", |folder| {
        let world = World::new(folder);
        let mut reader = world.open();
        for what in [What::Garbage, What::WrongChecksum, What::Half] {
            let faults = (1..=40).map(|frame| Fault {
                at: At::Sent(frame),
                what,
            });
            let faults = DeviceFaults {
                seed: 7,
                faults: faults.collect(),
            };
            world.stage().act(Act::Faults(faults)).unwrap();
            let began = Instant::now();
            let ended = reader.present(&screen(Page::StaffCheck, "ja"), &call());
            assert!(matches!(ended, Err(Error::Protocol { .. })), "{what:?} {ended:?}");
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
            world.stage().act(Act::Faults(DeviceFaults::default())).unwrap();
            let idle = reader.present(&screen(Page::Idle, "ja"), &call());
            assert_eq!(idle, Ok(Answer::Seen));
        }
    });
}

#[test]
fn a_plug_pulled_at_any_report_ends_the_call_and_the_next_one_works() {
    isolated(
        "faults::a_plug_pulled_at_any_report_ends_the_call_and_the_next_one_works",
        |folder| {
            let world = World::new(folder);
            let (stage, mut reader) = (world.stage(), world.open());
            let short = || Call::within(Duration::from_millis(200));
            for at in (1..=FRAMES).flat_map(|frame| [At::Sent(frame), At::Received(frame)]) {
                for what in [
                    What::Unplug {
                        back_after_ms: Some(60),
                    },
                    What::Reboot { takes_ms: 120 },
                ] {
                    stage.act(Act::Faults(DeviceFaults::one(at, what))).unwrap();
                    let ended = reader.enter_pin(&request(), &short());
                    assert!(
                        matches!(ended, Err(Error::ReaderRemoved | Error::Timeout)),
                        "{at:?} {what:?} {ended:?}"
                    );
                    stage.act(Act::Faults(DeviceFaults::default())).unwrap();
                    let until = Instant::now() + DEADLINE;
                    let again = loop {
                        world.driver.next_event(Duration::from_millis(50)).unwrap();
                        let again = reader.present(&screen(Page::Idle, "ja"), &call());
                        if again.is_ok() || Instant::now() > until {
                            break again;
                        }
                    };
                    assert_eq!(again, Ok(Answer::Seen), "{at:?} {what:?}");
                    assert_eq!(stage.state().unwrap().pins_held, 0);
                }
            }
        },
    );
}
