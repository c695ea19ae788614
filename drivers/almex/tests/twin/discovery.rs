//! Who is found, what is said of it, and who is left alone.

use std::time::Duration;

use madoguchi_driver_api::{Capability, Driver, Error, Event, Host};
use madoguchi_twin::device::{Act, Generation};

use crate::support::{Desk, SERIAL, driver, long, twin, wait_for_event, wait_for_reader};

#[test]
fn capabilities_are_what_each_generation_says() {
    let old = Desk::new(Generation::Old).info();
    assert_eq!(old.selector, SERIAL);
    assert_eq!((old.model.as_str(), old.firmware.as_str()), ("MT-100", "1.08"));
    let common = [
        Capability::Face,
        Capability::PinPad,
        Capability::NfcCard,
        Capability::Screen,
    ];
    assert_eq!(old.capabilities, common);
    let new = Desk::new(Generation::New).info();
    assert!(
        common
            .iter()
            .all(|capability| new.capabilities.contains(capability))
    );
    assert!(new.capabilities.contains(&Capability::StaffVisual));
    assert!(!new.capabilities.contains(&Capability::NfcPhone));
}

#[test]
fn what_happens_at_an_idle_device_is_told_in_order() {
    let desk = Desk::new(Generation::New);
    desk.info();
    wait_for_event(&*desk.driver, |event| matches!(event, Event::ReaderChanged(_)));
    desk.stage().act(Act::Touch).unwrap();
    desk.stage().insert("adult").unwrap();
    desk.stage().act(Act::Remove).unwrap();
    let selector = || SERIAL.to_owned();
    for expected in [
        Event::Touched { selector: selector() },
        Event::CardInserted { selector: selector() },
        Event::CardGone { selector: selector() },
    ] {
        let event = wait_for_event(&*desk.driver, |_| true);
        assert_eq!(event, expected);
    }
    assert_eq!(desk.stage().state().unwrap().beeps, 1);
}

#[test]
fn a_card_that_lies_there_already_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let twin = twin(&folder, Generation::New, SERIAL, "ttyACM0");
    twin.stage().insert("adult").unwrap();
    assert!(wait_for_reader(&*driver(&folder), SERIAL).card_present);
}

#[test]
fn two_devices_with_one_serial_number_are_two() {
    let folder = tempfile::tempdir().unwrap();
    let _first = twin(&folder, Generation::New, SERIAL, "ttyACM0");
    let _second = twin(&folder, Generation::Old, SERIAL, "ttyACM1");
    let driver = driver(&folder);
    wait_for_reader(&*driver, SERIAL);
    wait_for_reader(&*driver, &format!("{SERIAL}#1"));
    assert_eq!(driver.readers().unwrap().len(), 2);
}

/// Something else on a serial port: what it was sent, and nothing back.
mod stranger {
    use std::ffi::OsStr;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    pub(super) struct Stranger(OwnedFd);

    impl Stranger {
        pub(super) fn plug(link: &Path) -> Self {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
            grantpt(&master).unwrap();
            unlockpt(&master).unwrap();
            let mut settings = tcgetattr(&master).unwrap();
            settings.make_raw();
            tcsetattr(&master, OptionalActions::Now, &settings).unwrap();
            let name = ptsname(&master, Vec::new()).unwrap();
            symlink(OsStr::from_bytes(name.to_bytes()), link).unwrap();
            rustix::io::ioctl_fionbio(&master, true).unwrap();
            Self(master)
        }

        /// What it was sent since it was asked last.
        pub(super) fn heard(&self) -> Vec<u8> {
            let mut heard = Vec::new();
            let mut room = [0; 256];
            while let Ok(count @ 1..) = rustix::io::read(&self.0, &mut room) {
                heard.extend_from_slice(&room[..count]);
            }
            heard
        }

        pub(super) fn say(&self, bytes: &[u8]) {
            rustix::io::write(&self.0, bytes).unwrap();
        }
    }
}

#[test]
fn something_else_is_sent_a_few_characters_until_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("ttyUSB7");
    let modem = stranger::Stranger::plug(&link);
    modem.say(b"RING\r\n");
    let driver = driver(&folder);
    let wait = |millis| {
        let until = std::time::Instant::now() + Duration::from_millis(millis);
        while std::time::Instant::now() < until {
            drop(driver.next_event(Duration::from_millis(50)));
        }
    };
    let asked_and_left_alone = |modem: &stranger::Stranger| {
        let mut heard = Vec::new();
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while heard.len() < 6 {
            assert!(std::time::Instant::now() < until, "asked {} times", heard.len());
            wait(100);
            heard.extend(modem.heard());
        }
        // Longer than its longest pause and an answer's time.
        wait(2_500);
        heard.extend(modem.heard());
        assert_eq!(heard, [0x05; 6]);
    };
    asked_and_left_alone(&modem);
    assert_eq!(driver.readers(), Ok(vec![]));
    // Unplugged and plugged in again: another port, and it may be something else now.
    std::fs::remove_file(&link).unwrap();
    wait(500);
    let again = stranger::Stranger::plug(&link);
    asked_and_left_alone(&again);
    assert!(modem.heard().is_empty());
}

#[test]
fn a_port_that_is_named_and_may_not_be_opened_is_listed_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("ttyX");
    std::fs::write(&port, "no terminal").unwrap();
    let settings = serde_json::json!({"ports": [port], "discover": false}).to_string();
    let host = Host::new(|_, _| {}).with_settings(&settings);
    let driver = madoguchi_driver_almex::driver(host).unwrap();
    let listed = driver.readers().unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].unavailable.is_some());
    let refused = driver.open(&listed[0].selector, &long()).err();
    assert_eq!(refused, listed[0].unavailable);
    assert_ne!(refused, Some(Error::ReaderRemoved));
}
