//! A reader's calls, the pump, and the loss of the device between them.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::{Answer, Page, Screen};
use madoguchi_driver_api::{Call, CancelFlag, Driver, Error};

use crate::world::{Frame, call, next, selectors, world};

fn screen() -> Screen {
    Screen {
        page: Page::Register,
        language: "ja".into(),
    }
}

#[test]
fn one_reader_at_a_time_has_a_device() {
    let (world, driver) = world();
    world.plug("a", "1");
    let reader = driver.open("1", &call()).unwrap();
    assert_eq!(driver.open("1", &call()).err(), Some(Error::ReaderBusy));
    drop(reader);
    assert!(driver.open("1", &call()).is_ok());
}

#[test]
fn what_happens_to_the_card_in_a_call_is_told_at_once() {
    let (world, driver) = world();
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    let presenting = thread::spawn(move || reader.present(&screen(), &call()));
    assert_eq!(next(&driver), "1 is there");
    world.says("a", &[Frame::CardIn, Frame::CardOut]);
    assert_eq!(next(&driver), "1 card in");
    assert_eq!(next(&driver), "1 card out");
    assert!(!presenting.is_finished());
    world.says("a", &[Frame::Pressed]);
    assert_eq!(presenting.join().unwrap(), Ok(Answer::Yes));
}

#[test]
fn a_device_that_is_pulled_without_a_word_ends_the_call() {
    let (world, driver) = world();
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    let presenting = thread::spawn(move || (reader.present(&screen(), &call()), Instant::now()));
    assert_eq!(next(&driver), "1 is there");
    thread::sleep(Duration::from_millis(30));
    world.unplug("a");
    assert_eq!(next(&driver), "1 is gone");
    let gone = Instant::now();
    let (result, ended) = presenting.join().unwrap();
    assert_eq!(result, Err(Error::ReaderRemoved));
    assert!(ended.saturating_duration_since(gone) < Call::PATIENCE);
}

#[test]
fn a_device_that_hangs_up_in_a_call_is_off_the_list_when_the_call_returns() {
    let (world, driver) = world();
    world.plug_refusing("b", "2", Some(Error::ReaderBusy));
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    let puller = thread::spawn({
        let world = std::sync::Arc::clone(&world);
        move || {
            thread::sleep(Duration::from_millis(30));
            world.hang_up_for_good("a");
        }
    });
    let result = reader.present(&screen(), &Call::within(Duration::from_secs(5)));
    assert_eq!(result, Err(Error::ReaderRemoved));
    puller.join().unwrap();
    assert_eq!(selectors(&driver), ["port:b"]);
}

#[test]
fn a_cancelled_call_ends_soon_and_the_device_stays() {
    let (world, driver) = world();
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
    let canceller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        flag.cancel();
        Instant::now()
    });
    assert_eq!(reader.present(&screen(), &call), Err(Error::Cancelled));
    assert!(canceller.join().unwrap().elapsed() < Call::PATIENCE);
    assert_eq!(selectors(&driver), ["1"]);
    reader.power_on(&crate::world::call()).unwrap();
}

#[test]
fn the_pump_is_out_of_the_way_of_one_call_after_the_other() {
    let (world, driver) = world();
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    // The pump has the device by now.
    thread::sleep(Duration::from_millis(60));
    let since = Instant::now();
    reader.power_on(&call()).unwrap();
    assert!(since.elapsed() < Call::PATIENCE, "{:?}", since.elapsed());
    let (mut response, mut took) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let since = Instant::now();
        reader.transmit(&[0], &mut response, &call()).unwrap();
        took.push(since.elapsed());
        thread::sleep(Duration::from_micros(200));
    }
    took.sort_unstable();
    assert!(took[100] < Duration::from_millis(1), "{:?}", took[100]);
}

#[test]
fn the_pump_listens_again_while_a_card_lies_powered_and_nobody_calls() {
    let (world, driver) = world();
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    assert_eq!(next(&driver), "1 is there");
    reader.power_on(&call()).unwrap();
    world.says("a", &[Frame::CardIn]);
    assert_eq!(next(&driver), "1 card in");
}
