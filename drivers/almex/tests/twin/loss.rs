//! The line is lost in the middle of each call, and the device comes back at another port: 「COM切断」.

use std::thread;
use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, Page, PinHolder, Screen};
use madoguchi_driver_api::{Driver, Error, Event, Reader};
use madoguchi_twin::device::{Act, At, DeviceFaults, FaceScript, Generation, State, What};

use crate::screens::{face_request, pin_request};
use crate::support::{Desk, SERIAL, long, wait_for_event, wait_for_reader};

fn page(page: Page) -> Screen {
    Screen {
        page,
        language: "ja".into(),
    }
}

fn back_at(desk: &Desk, port: &str) {
    desk.stage()
        .act(Act::Replug {
            port: Some(port.into()),
        })
        .unwrap();
    let found = wait_for_reader(&*desk.driver, SERIAL);
    assert_eq!(found.selector, SERIAL);
}

#[test]
fn a_reader_that_comes_back_elsewhere_is_the_same_reader() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    wait_for_event(&*desk.driver, |event| matches!(event, Event::ReaderChanged(_)));
    desk.stage().act(Act::Unplug { back_after_ms: None }).unwrap();
    let gone = Event::ReaderGone {
        selector: SERIAL.into(),
    };
    wait_for_event(&*desk.driver, |event| *event == gone);
    assert_eq!(desk.driver.readers(), Ok(vec![]));
    assert_eq!(
        reader.present(&page(Page::Idle), &long()),
        Err(Error::ReaderRemoved)
    );
    back_at(&desk, "ttyACM5");
    wait_for_event(
        &*desk.driver,
        |event| matches!(event, Event::ReaderChanged(info) if info.selector == SERIAL),
    );
    assert_eq!(reader.present(&page(Page::Idle), &long()), Ok(Answer::Seen));
}

type Work = fn(&mut dyn Reader) -> Result<(), Error>;
type Wish = fn(&State) -> bool;

#[test]
fn the_plug_is_pulled_while_a_person_is_waited_for() {
    let desk = Desk::new(Generation::New);
    desk.stage().act(Act::Face(FaceScript::nobody())).unwrap();
    let mut reader = desk.powered("adult");
    let cases: [(&str, Work, Wish); 3] = [
        (
            "ttyACM1",
            |reader| reader.present(&page(Page::Register), &long()).map(drop),
            |state| state.panel.is_some(),
        ),
        (
            "ttyACM2",
            |reader| {
                reader
                    .enter_pin(&pin_request(PinHolder::Patient), &long())
                    .map(drop)
            },
            |state| state.pin.is_some(),
        ),
        (
            "ttyACM3",
            |reader| reader.verify_face(&face_request(), &long()).map(drop),
            |state| state.face,
        ),
    ];
    for (port, work, waits) in cases {
        let person = desk.once(waits, Act::Unplug { back_after_ms: None });
        assert_eq!(work(&mut *reader), Err(Error::ReaderRemoved));
        person.join().unwrap();
        back_at(&desk, port);
        desk.wait(|state| state.card_present && state.connected);
        reader.power_on(&long()).unwrap();
    }
}

/// Everything a visit with face does at the reader.
fn visit(reader: &mut dyn Reader) -> Result<(), Error> {
    let mut response = Vec::new();
    reader.present(
        &page(Page::Present {
            medium: madoguchi_driver_api::Medium::Card,
        }),
        &long(),
    )?;
    reader.power_on(&long())?;
    let select = [
        0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
    ];
    reader.transmit(&select, &mut response, &long())?;
    reader.verify_face(&face_request(), &long())?;
    reader.transmit(&select, &mut response, &long())?;
    reader.present(&page(Page::Completed), &long())?;
    reader.power_off();
    Ok(())
}

#[test]
fn the_plug_is_pulled_at_each_frame_of_a_visit() {
    let desk = Desk::new(Generation::New);
    desk.stage()
        .act(Act::Face(FaceScript::default().thinking(1)))
        .unwrap();
    desk.lay("adult");
    let mut reader = desk.open();
    let mut pulled = 0;
    for frame in 1.. {
        let unplug = What::Unplug {
            back_after_ms: Some(1),
        };
        let faults = DeviceFaults::one(At::Sent(frame), unplug);
        desk.stage().act(Act::Faults(faults)).unwrap();
        let done = visit(&mut *reader);
        desk.stage().act(Act::Faults(DeviceFaults::default())).unwrap();
        match done {
            Ok(()) => break,
            Err(error) => assert_eq!(error, Error::ReaderRemoved, "frame {frame}"),
        }
        pulled += 1;
        wait_for_reader(&*desk.driver, SERIAL);
        desk.wait(|state| state.card_present && state.connected);
        // Until the device has looked at what lies there.
        while reader.power_on(&long()).is_err() {
            thread::sleep(Duration::from_millis(2));
        }
        reader.power_off();
    }
    println!("the plug was pulled at {pulled} frames");
    assert!(pulled >= 13, "{pulled}");
}
