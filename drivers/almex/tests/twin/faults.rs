//! What a line does to frames: it is survived, or ends in a typed error within the deadline, and never costs a try.

use std::time::{Duration, Instant};

use madoguchi_card::{ExtendedLength, Jpki};
use madoguchi_core::reader::PinVerdict;
use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Call, Error, Pin, Reader};
use madoguchi_twin::device::{Act, At, DeviceFaults, Generation, What};

use crate::support::{Desk, SERIAL, Session, long, wait_for_reader};

fn idle() -> Screen {
    Screen {
        page: Page::Idle,
        language: "ja".into(),
    }
}

fn verify(reader: &mut dyn Reader, pin: &[u8]) -> Result<PinVerdict, madoguchi_card::Error> {
    let mut session = Session(reader);
    let mut jpki = Jpki::new(&mut session, ExtendedLength::No);
    jpki.select()?;
    jpki.verify_pin(&Pin::new(pin.to_vec()).unwrap(), true)
}

/// How many frames a VERIFY with all around it takes, each way.
fn frames(desk: &Desk, reader: &mut dyn Reader) -> (u32, u32) {
    let before = desk.stage().state().unwrap();
    verify(reader, b"1234").unwrap();
    let after = desk.stage().state().unwrap();
    let count = |before: u64, after: u64| u32::try_from(after - before).unwrap();
    (
        count(before.frames_in, after.frames_in),
        count(before.frames_out, after.frames_out),
    )
}

#[test]
fn whatever_happens_to_a_frame_a_pin_reaches_the_card_once() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.powered("adult");
    let (received, sent) = frames(&desk, &mut *reader);
    let slow = What::Slow {
        delay_ms: 150,
        frames: 2,
    };
    let mut survived = 0;
    let mut all = 0;
    for what in [
        What::Garbage,
        What::Half,
        What::Lost,
        What::WrongChecksum,
        What::Duplicate,
        slow,
    ] {
        let sent = (1..=sent).map(At::Sent);
        for at in sent.chain((1..=received).map(At::Received)) {
            if reader.power_on(&long()).is_err() {
                wait_for_reader(&*desk.driver, SERIAL);
                reader.power_on(&long()).unwrap();
            }
            let before = desk.stage().state().unwrap().card.unwrap().pins_sent;
            desk.stage()
                .act(Act::Faults(DeviceFaults::one(at, what)))
                .unwrap();
            let began = Instant::now();
            let verdict = verify(&mut *reader, b"1234");
            assert!(began.elapsed() < Duration::from_secs(8), "{what:?} at {at:?}");
            desk.stage().act(Act::Faults(DeviceFaults::default())).unwrap();
            let pins = desk.stage().state().unwrap().card.unwrap().pins_sent - before;
            match verdict {
                Ok(verdict) => {
                    survived += 1;
                    assert_eq!((verdict, pins), (PinVerdict::Verified, 1), "{what:?} at {at:?}");
                }
                Err(error) => {
                    println!("{what:?} at {at:?}: {error:?}");
                    assert!(pins <= 1, "{what:?} at {at:?}");
                }
            }
            all += 1;
        }
    }
    println!("{survived} of {all} faults were survived ({sent} frames sent, {received} received)");
    assert!(survived * 10 >= all * 9, "{survived} of {all}");
}

#[test]
fn a_device_that_freezes_ends_the_call_and_serves_again_when_it_thaws() {
    let desk = Desk::new(Generation::New);
    let mut reader = desk.open();
    reader.present(&idle(), &long()).unwrap();
    desk.stage().act(Act::Freeze { for_ms: Some(2_500) }).unwrap();
    let began = Instant::now();
    let call = Call::within(Duration::from_millis(300));
    assert_eq!(reader.present(&idle(), &call), Err(Error::Timeout));
    assert!(began.elapsed() < Duration::from_millis(600));
    let failed = reader.present(&idle(), &long()).unwrap_err();
    assert!(matches!(failed, Error::ReaderUnavailable { .. }), "{failed:?}");
    let until = Instant::now() + Duration::from_secs(15);
    while reader.present(&idle(), &long()) != Ok(Answer::Seen) {
        assert!(Instant::now() < until, "it does not serve again");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_device_that_restarts_is_found_again_and_begins_anew() {
    let desk = Desk::new(Generation::Old);
    let mut reader = desk.powered("adult");
    desk.stage().act(Act::Reboot { takes_ms: 100 }).unwrap();
    let gone = reader.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x04], &mut Vec::new(), &long());
    assert_eq!(gone, Err(Error::ReaderRemoved));
    wait_for_reader(&*desk.driver, SERIAL);
    desk.wait(|state| state.connected && state.card_present);
    assert_eq!(reader.present(&idle(), &long()), Ok(Answer::Seen));
}

#[test]
fn chance_never_leaves_the_driver_stuck() {
    let desk = Desk::new(Generation::New);
    desk.lay("adult");
    let mut reader = desk.open();
    for seed in 0..30 {
        desk.stage()
            .act(Act::Faults(DeviceFaults::random(seed, 20)))
            .unwrap();
        let began = Instant::now();
        let bound = Duration::from_secs(2);
        for _ in 0..3 {
            let call = Call::within(bound);
            drop(reader.present(&idle(), &call));
            drop(reader.power_on(&call));
            drop(reader.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x04], &mut Vec::new(), &call));
        }
        assert!(began.elapsed() < 4 * bound, "seed {seed}");
        reader.power_off();
    }
    desk.stage().act(Act::Faults(DeviceFaults::default())).unwrap();
    let until = Instant::now() + Duration::from_secs(15);
    while reader.present(&idle(), &long()) != Ok(Answer::Seen) {
        assert!(Instant::now() < until, "it does not serve again");
        std::thread::sleep(Duration::from_millis(50));
    }
}
