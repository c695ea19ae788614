//! Either half pulled out, at each step.

use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, Page};
use madoguchi_driver_api::{Driver as _, Error, Event, Reader};
use madoguchi_twin::device::{Act, FaceScript, PageKind, Stage};

use crate::people::{face, request};
use crate::world::{SERIAL, World, call, isolated, screen, shows, while_waiting};

/// A call that waits for somebody, and what the device shows meanwhile.
type Step = (PageKind, fn(&mut dyn Reader) -> Result<(), Error>);

const STEPS: [Step; 3] = [
    (PageKind::Register, |reader| {
        reader.present(&screen(Page::Register, "ja"), &call()).map(drop)
    }),
    (PageKind::Pin, |reader| {
        reader.enter_pin(&request(), &call()).map(drop)
    }),
    (PageKind::Face, |reader| {
        reader.verify_face(&face(), &call()).map(drop)
    }),
];

/// Soon after the plug was pulled; the bus is looked at every 100 ms.
const SOON: Duration = Duration::from_millis(1_500);

fn select(reader: &mut dyn Reader) -> Result<(), Error> {
    let command = [
        0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
    ];
    reader.transmit(&command, &mut Vec::new(), &call())
}

fn nobody_comes(stage: &Stage) {
    stage.act(Act::Face(FaceScript::nobody())).unwrap();
}

fn usable(world: &World) {
    world.event("usable again", |event| {
        matches!(event, Event::ReaderChanged(info) if info.selector == SERIAL && info.unavailable.is_none())
    });
}

#[test]
fn the_hid_half_pulled_ends_each_step() {
    isolated("plugs::the_hid_half_pulled_ends_each_step", |folder| {
        let world = World::new(folder);
        let stage = world.stage();
        nobody_comes(&stage);
        for (page, wait) in STEPS {
            let mut reader = world.powered("adult");
            let began = Instant::now();
            let ended = while_waiting(
                || {
                    shows(&stage, page);
                    stage.act(Act::Unplug { back_after_ms: None }).unwrap();
                },
                || wait(&mut *reader),
            );
            assert_eq!(ended, Err(Error::ReaderRemoved), "{page:?}");
            assert!(began.elapsed() < SOON, "{page:?} {:?}", began.elapsed());
            assert_eq!(select(&mut *reader), Err(Error::ReaderRemoved));
            assert_eq!(world.driver.readers().unwrap(), []);
            drop(reader);
            stage.act(Act::Remove).unwrap();
            stage.act(Act::Replug { port: None }).unwrap();
            usable(&world);
        }
        let mut reader = world.open();
        assert_eq!(
            reader.present(&screen(Page::Idle, "ja"), &call()),
            Ok(Answer::Seen)
        );
    });
}

#[test]
fn the_hid_half_pulled_ends_a_conversation_with_the_card() {
    isolated(
        "plugs::the_hid_half_pulled_ends_a_conversation_with_the_card",
        |folder| {
            let world = World::new(folder);
            let mut reader = world.powered("adult");
            select(&mut *reader).unwrap();
            world.stage().act(Act::Unplug { back_after_ms: None }).unwrap();
            world.event("gone", |event| matches!(event, Event::ReaderGone { .. }));
            // The slot is a reader of its own and answers until the driver has told its half.
            let until = Instant::now() + Duration::from_secs(2);
            while select(&mut *reader) != Err(Error::ReaderRemoved) {
                assert!(Instant::now() < until, "the conversation goes on");
            }
            assert_eq!(reader.power_on(&call()), Err(Error::ReaderRemoved));
        },
    );
}

#[test]
fn the_slot_s_service_lost_ends_each_step() {
    isolated("plugs::the_slot_s_service_lost_ends_each_step", |folder| {
        let mut world = World::new(folder);
        let stage = world.stage();
        nobody_comes(&stage);
        for (page, wait) in STEPS {
            let mut reader = world.powered("adult");
            let pcscd = &mut world.pcscd;
            let began = Instant::now();
            let ended = while_waiting(
                || {
                    shows(&stage, page);
                    pcscd.kill();
                },
                || wait(&mut *reader),
            );
            // The camera sees a card that lost its power; whichever is noticed first.
            let expected = [Err(Error::ServiceUnavailable), Err(Error::CardRemoved)];
            assert!(expected.contains(&ended), "{page:?} {ended:?}");
            assert!(began.elapsed() < SOON, "{page:?} {:?}", began.elapsed());
            let lost = select(&mut *reader);
            assert!(
                matches!(lost, Err(Error::ReaderRemoved | Error::ServiceUnavailable)),
                "{lost:?}"
            );
            drop(reader);
            world.event("without its slot", |event| {
                matches!(event, Event::ReaderChanged(info) if info.unavailable == Some(Error::ServiceUnavailable))
            });
            let state = stage.state().unwrap();
            assert_eq!(
                (state.page(), state.pins_held),
                (None, 0),
                "nobody watches it any more"
            );
            stage.act(Act::Remove).unwrap();
            world.pcscd.restart().unwrap();
            usable(&world);
        }
    });
}

#[test]
fn a_device_that_restarts_in_the_middle_is_taken_up_again() {
    isolated(
        "plugs::a_device_that_restarts_in_the_middle_is_taken_up_again",
        |folder| {
            let world = World::new(folder);
            world.drain();
            let (stage, mut reader) = (world.stage(), world.open());
            let ended = while_waiting(
                || {
                    shows(&stage, PageKind::Register);
                    stage.act(Act::Reboot { takes_ms: 150 }).unwrap();
                },
                || reader.present(&screen(Page::Register, "ja"), &call()),
            );
            assert_eq!(ended, Err(Error::ReaderRemoved));
            usable(&world);
            let answer = while_waiting(
                || {
                    shows(&stage, PageKind::Register);
                    stage.act(Act::press(Answer::Yes)).unwrap();
                },
                || reader.present(&screen(Page::Register, "ja"), &call()),
            );
            assert_eq!(answer, Ok(Answer::Yes));
        },
    );
}
