//! What happens is told in order, and what is too much is told in short.

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Driver, Event};

use crate::world::{Frame, World, assert_quiet, next, world};

/// Waits until the device's thread has read everything.
fn read_all(world: &World, port: &str) {
    let until = Instant::now() + Duration::from_secs(5);
    while world.unread(port) > 0 {
        assert!(Instant::now() < until);
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(10));
}

#[test]
fn events_come_in_order_and_doubled_reports_count_once() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is there");
    let frames = [
        Frame::Touched,
        Frame::CardIn,
        Frame::CardIn,
        Frame::Touched,
        Frame::CardOut,
        Frame::CardOut,
        Frame::CardIn,
        Frame::NewFirmware,
    ];
    world.says("a", &frames);
    let told: Vec<_> = (0..7).map(|_| next(&driver)).collect();
    assert_eq!(
        told,
        [
            "1 touched",
            "1 card in",
            "1 touched",
            "1 card out",
            "1 card in",
            "1 card out",
            "1 is there",
        ]
    );
    assert_eq!(driver.readers().unwrap()[0].firmware, "2");
    assert_quiet(&driver);
}

#[test]
fn what_nobody_asks_for_in_time_is_told_in_short() {
    let (world, driver) = world();
    world.plug("a", "1");
    world.plug("b", "2");
    driver.readers().unwrap();
    let first = [next(&driver), next(&driver)];
    assert!(
        first.contains(&"1 is there".into()) && first.contains(&"2 is there".into()),
        "{first:?}"
    );
    // An odd number of moves: a card lies there in the end.
    let mut frames = [Frame::CardIn, Frame::CardOut].repeat(500);
    frames.push(Frame::CardIn);
    world.says("a", &frames);
    read_all(&world, "a");
    world.unplug("b");
    driver.readers().unwrap();
    let mut told = Vec::new();
    while let Some(event) = driver.next_event(Duration::from_millis(50)).unwrap() {
        told.push(event);
    }
    let expected = [
        Event::ReaderGone { selector: "2".into() },
        Event::CardInserted { selector: "1".into() },
    ];
    assert_eq!(told, expected);
    world.says("a", &[Frame::CardOut]);
    assert_eq!(next(&driver), "1 card out");
}

#[test]
fn a_wait_can_be_interrupted() {
    let (_world, driver) = world();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let result = driver.next_event(Duration::from_secs(60));
            (result, Instant::now())
        });
        thread::sleep(Duration::from_millis(30));
        let since = Instant::now();
        driver.interrupt();
        let (result, ended) = waiting.join().unwrap();
        assert_eq!(result, Ok(None));
        assert!(ended - since < Duration::from_millis(50));
    });
    // One that came a moment too early counts for the next.
    driver.interrupt();
    let since = Instant::now();
    assert_eq!(driver.next_event(Duration::from_secs(60)), Ok(None));
    assert!(since.elapsed() < Duration::from_millis(50));
}
