//! HID devices by the real hidapi: it finds them in /sys, opens their nodes, polls and reads them, and sees them go.
//! Only the kernel behind the node is made up, by umockdev.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

mod world;

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, CancelFlag, Error};

use world::{REPORT_LEN, call, isolated};

#[test]
fn devices_are_found_by_their_numbers_and_told_apart() {
    isolated("devices_are_found_by_their_numbers_and_told_apart", |world| {
        assert_eq!(world.bus.list(&[world::IDS]), Ok(vec![]));
        let first = world.plug("a", "00012345", "Face reader");
        let found = world.found(1);
        assert_eq!(
            (found[0].serial.as_deref(), found[0].product.as_str()),
            (Some("00012345"), "Face reader")
        );
        assert!(found[0].port.starts_with("/dev/hidraw"), "{}", found[0].port);
        assert_eq!(world.bus.list(&[(1, 2)]), Ok(vec![]));

        let _second = world.plug("b", "", "Face reader");
        let found = world.found(2);
        assert_eq!(found[1].serial, None);
        assert_ne!(found[0].port, found[1].port);
        first.unplug();
        let found = world.found(1);
        assert_eq!(found[0].serial, None);
        // At another port the same device is known again.
        // So it is when nothing had happened for a while.
        thread::sleep(Duration::from_millis(1100));
        assert_eq!(world.found(1)[0].serial, None);
        let again = world.plug("c", "00012345", "Face reader");
        let found = world.found(2);
        let mut serials: Vec<_> = found.iter().map(|found| found.serial.clone()).collect();
        // A kernel of its own gives the port's number again.
        serials.sort();
        assert_eq!(serials, [None, Some("00012345".to_owned())]);
        thread::sleep(Duration::from_millis(1100));
        assert_eq!(world.found(2), found);
        again.unplug();
        world.found(1);
    });
}

#[test]
fn reports_go_both_ways_without_delay() {
    isolated("reports_go_both_ways_without_delay", |world| {
        let mut device = world.plug("a", "1", "Face reader");
        let mut line = world.open(&world.found(1)[0]);
        let echo = thread::spawn(move || {
            for _ in 0..200 {
                let report = device.receive();
                device.send(report.map(|byte| !byte));
            }
            device
        });
        let (mut report, mut took) = (Vec::new(), Vec::new());
        for round in 0..200 {
            let since = Instant::now();
            line.write(&[round, 1, 2], &call()).unwrap();
            line.read(&mut report, &call()).unwrap();
            took.push(since.elapsed());
            let mut expected = [0xFF; REPORT_LEN];
            expected[..3].copy_from_slice(&[!round, !1, !2]);
            assert_eq!(report, expected);
        }
        took.sort_unstable();
        println!(
            "figure: 64 bytes there and back: {:?} at least, {:?} in the middle",
            took[0], took[100]
        );
        assert!(took[0] < Duration::from_millis(3), "{:?}", took[0]);

        // Two at once are two.
        let mut device = echo.join().unwrap();
        device.send([1; REPORT_LEN]);
        device.send([2; REPORT_LEN]);
        for fill in [1, 2] {
            line.read(&mut report, &call()).unwrap();
            assert_eq!(report, [fill; REPORT_LEN]);
        }
    });
}

#[test]
fn a_wait_ends_with_the_call() {
    isolated("a_wait_ends_with_the_call", |world| {
        let _device = world.plug("a", "1", "Face reader");
        let mut line = world.open(&world.found(1)[0]);
        let since = Instant::now();
        let short = Call::within(Duration::from_millis(30));
        assert_eq!(line.read(&mut Vec::new(), &short), Err(Error::Timeout));
        assert!(since.elapsed() < Duration::from_millis(30) + Call::PATIENCE);

        let flag = CancelFlag::default();
        let call = Call::new(Instant::now() + Duration::from_secs(60), flag.clone());
        let canceller = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            flag.cancel();
            Instant::now()
        });
        assert_eq!(line.read(&mut Vec::new(), &call), Err(Error::Cancelled));
        assert!(canceller.join().unwrap().elapsed() < Call::PATIENCE);
    });
}

#[test]
fn a_plug_that_is_pulled_is_a_reader_that_was_removed() {
    isolated("a_plug_that_is_pulled_is_a_reader_that_was_removed", |world| {
        let device = world.plug("a", "1", "Face reader");
        let found = world.found(1);
        let mut line = world.open(&found[0]);
        let puller = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            device.unplug();
            Instant::now()
        });
        let result = line.read(&mut Vec::new(), &call());
        assert_eq!(result, Err(Error::ReaderRemoved));
        assert!(puller.join().unwrap().elapsed() < 2 * Call::PATIENCE);
        assert_eq!(line.write(&[1], &call()), Err(Error::ReaderRemoved));
        assert_eq!(
            world.bus.open(&found[0], REPORT_LEN, &call()).err(),
            Some(Error::ReaderRemoved)
        );
        assert_eq!(world.found(0), []);
    });
}

#[test]
fn one_that_cannot_be_opened_says_why() {
    isolated("one_that_cannot_be_opened_says_why", |world| {
        let _device = world.plug("a", "1", "Not a hidraw node");
        let error = world
            .bus
            .open(&world.found(1)[0], REPORT_LEN, &call())
            .err()
            .unwrap();
        assert!(
            matches!(&error, Error::ReaderUnavailable { detail } if detail.contains("not a HIDRAW device")),
            "{error:?}"
        );
    });
}
