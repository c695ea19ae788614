//! Devices come, go, refuse and return.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Driver, Error, Host};
use madoguchi_driver_kit::KitDriver;

use crate::world::{Frame, Maker, World, assert_quiet, call, next, selectors, world};

#[test]
fn what_is_plugged_in_is_listed_at_once_and_what_is_pulled_is_not() {
    let (world, driver) = world();
    assert_eq!(driver.info().id, "made-up");
    world.plug("a", "1");
    let readers = driver.readers().unwrap();
    assert_eq!(readers.len(), 1);
    let reader = &readers[0];
    assert_eq!(
        (
            reader.selector.as_str(),
            reader.model.as_str(),
            reader.unavailable.clone()
        ),
        ("1", "M1", None)
    );
    assert_eq!(next(&driver), "1 is there");
    world.plug("b", "2");
    assert_eq!(next(&driver), "2 is there");
    world.unplug("a");
    assert_eq!(next(&driver), "1 is gone");
    assert_eq!(selectors(&driver), ["2"]);
    assert_eq!(driver.open("1", &call()).err(), Some(Error::ReaderRemoved));
    assert_quiet(&driver);
    assert_eq!(world.open.load(Ordering::SeqCst), 1, "the pulled one is closed");
}

#[test]
fn an_open_finds_what_nobody_asked_for_before() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert!(driver.open("1", &call()).is_ok());
}

#[test]
fn one_that_refuses_is_listed_with_its_reason_and_tried_again() {
    let (world, driver) = world();
    let refused = Error::ReaderUnavailable {
        detail: "permission denied".into(),
    };
    world.plug_refusing("a", "1", Some(refused.clone()));
    let readers = driver.readers().unwrap();
    assert_eq!(readers[0].selector, "port:a");
    assert_eq!(readers[0].unavailable, Some(refused.clone()));
    assert_eq!(driver.open("port:a", &call()).err(), Some(refused));
    assert_eq!(
        next(&driver),
        "port:a cannot be used: the reader cannot be used: permission denied"
    );
    // It is not told again and again.
    assert_quiet(&driver);
    assert!(world.connects.load(Ordering::SeqCst) > 1);
    world.plug("a", "1");
    assert_eq!(next(&driver), "port:a is gone");
    assert_eq!(next(&driver), "1 is there");
}

#[test]
fn one_that_was_open_keeps_its_selector_while_it_cannot_be_opened() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is there");
    world.hang_up_refusing("a", Error::ReaderBusy);
    assert_eq!(next(&driver), "1 is gone");
    let busy = next(&driver);
    assert!(busy.starts_with("1 cannot be used"), "{busy}");
    assert_eq!(selectors(&driver), ["1"]);
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is gone");
    assert_eq!(next(&driver), "1 is there");
}

#[test]
fn a_reader_that_changes_its_selector_is_told_once() {
    let (lines, log) = sync_channel(64);
    let host = Host::new(move |_, line| lines.try_send(line.to_owned()).unwrap());
    let world = Arc::new(World::default());
    let driver = KitDriver::new(Maker(Arc::clone(&world)), host);
    for _ in 0..2 {
        world.plug_refusing("a", "1", Some(Error::ReaderBusy));
        while !next(&driver).starts_with("port:a cannot be used") {}
        world.plug("a", "1");
        while next(&driver) != "1 is there" {}
        world.unplug("a");
        while next(&driver) != "1 is gone" {}
    }
    drop(driver);
    let told = log
        .iter()
        .filter(|line| line.contains("is 1 now") && line.contains("was port:a before"));
    // Once for each plugging-in.
    assert_eq!(told.count(), 2);
}

#[test]
fn tries_become_rarer() {
    let (world, driver) = world();
    world.plug_refusing("a", "1", Some(Error::ReaderBusy));
    driver.readers().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let tries = world.connects.load(Ordering::SeqCst);
    assert!((2..=5).contains(&tries), "{tries}");
    world.unplug("a");
    driver.readers().unwrap();
    let tries = world.connects.load(Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(world.connects.load(Ordering::SeqCst), tries);
}

#[test]
fn equal_serial_numbers_are_told_apart() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(selectors(&driver), ["1"]);
    world.plug("b", "1");
    assert_eq!(selectors(&driver), ["1", "1#1"]);
    world.unplug("a");
    assert_eq!(selectors(&driver), ["1#1"]);
    world.plug("c", "1");
    assert_eq!(selectors(&driver), ["1", "1#1"]);
    for selector in ["1", "1#1"] {
        assert!(driver.open(selector, &call()).is_ok());
    }
}

#[test]
fn a_selector_has_only_what_a_selector_may_hold() {
    let (world, driver) = world();
    world.plug("a", " 12#34\u{3042} ");
    world.plug("b", "");
    assert_eq!(selectors(&driver), ["12-34-", "port:b"]);
}

#[test]
fn one_that_returns_at_another_port_is_the_same_reader() {
    let (world, driver) = world();
    world.plug("a", "1");
    let mut reader = driver.open("1", &call()).unwrap();
    reader.power_on(&call()).unwrap();
    world.unplug("a");
    world.plug("b", "1");
    assert_eq!(selectors(&driver), ["1"]);
    // The card's power is gone with the old port.
    let lost = reader.transmit(&[0], &mut Vec::new(), &call());
    assert_eq!(lost, Err(Error::ReaderRemoved));
    reader.power_on(&call()).unwrap();
    reader.transmit(&[0], &mut Vec::new(), &call()).unwrap();
    assert_eq!(next(&driver), "1 is there");
    assert_eq!(next(&driver), "1 is gone");
    assert_eq!(next(&driver), "1 is there");
}

#[test]
fn one_that_hung_up_is_connected_anew() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is there");
    world.hang_up("a");
    assert_eq!(next(&driver), "1 is gone");
    assert_eq!(next(&driver), "1 is there");
    assert_eq!(world.connects.load(Ordering::SeqCst), 2);
}

#[test]
fn a_fault_in_the_maker_s_code_costs_the_connection() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is there");
    world.says("a", &[Frame::Panic]);
    assert_eq!(next(&driver), "1 is gone");
    assert_eq!(next(&driver), "1 is there");
}

#[test]
fn a_little_nonsense_is_survived_and_much_is_not() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is there");
    world.says("a", &[Frame::Nonsense, Frame::CardIn]);
    assert_eq!(next(&driver), "1 card in");
    world.says("a", &[Frame::Nonsense; 9]);
    assert_eq!(next(&driver), "1 is gone");
}

#[test]
fn where_nobody_can_tell_it_is_said_and_found_out_later() {
    let (world, driver) = world();
    *world.blind.lock().unwrap() = true;
    assert_eq!(driver.readers(), Err(Error::ServiceUnavailable));
    assert_eq!(
        driver.next_event(Duration::from_millis(30)),
        Err(Error::ServiceUnavailable)
    );
    world.plug("a", "1");
    *world.blind.lock().unwrap() = false;
    assert_eq!(next(&driver), "1 is there");
    assert_eq!(selectors(&driver), ["1"]);
}

#[test]
fn a_driver_that_is_dropped_leaves_nothing_behind() {
    let (world, driver) = world();
    world.plug("a", "1");
    world.plug_refusing("b", "2", Some(Error::ReaderBusy));
    assert_eq!(driver.readers().unwrap().len(), 2);
    let mut reader = driver.open("1", &call()).unwrap();
    let since = Instant::now();
    drop(driver);
    assert!(since.elapsed() < Call::PATIENCE, "{:?}", since.elapsed());
    assert_eq!(world.open.load(Ordering::SeqCst), 0);
    assert_eq!(reader.power_on(&call()).err(), Some(Error::ReaderRemoved));
    drop(reader);
    assert_eq!(Arc::strong_count(&world), 1, "no thread holds the world");
}

#[test]
fn a_driver_that_nobody_uses_hardly_works() {
    let (world, driver) = world();
    world.plug("a", "1");
    assert_eq!(next(&driver), "1 is there");
    assert_eq!(driver.next_event(Duration::from_millis(1500)), Ok(None));
    let pumps = world.pumps.load(Ordering::SeqCst);
    assert!((1..=4).contains(&pumps), "{pumps}");
}
