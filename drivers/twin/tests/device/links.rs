//! How a device is plugged in.

use super::*;

#[test]
fn each_link_carries_frames_both_ways_and_goes_with_the_plug() {
    let folder = TempDir::new().unwrap();
    for link in [tcp(), hid(&folder), pty(&folder)] {
        let twin = start(link.clone());
        let mut driver = Driver::connect(&twin);
        assert_eq!(driver.ask("ping"), "pong", "{link:?}");
        twin.stage().insert("adult").unwrap();
        assert_eq!(driver.next(), "event card_in", "{link:?}");
        let state = twin.stage().state().unwrap();
        assert!(state.connected && state.frames_in >= 1, "{link:?}: {state:?}");
        assert_eq!(state.frames_out, 2, "{link:?}");
        let place = twin.place().unwrap();
        let state = twin.stage().act(Act::Unplug { back_after_ms: None }).unwrap();
        assert_eq!(state.place, None);
        assert_eq!(driver.try_next(), None, "the line ends with the plug: {link:?}");
        assert!(std::fs::symlink_metadata(&place).is_err(), "{place}");
        assert_eq!(
            twin.stage().act(Act::Touch).unwrap_err(),
            Refused::Unplugged,
            "{link:?}"
        );
        let port = Some("ttyUSB7".to_owned());
        let state = twin.stage().act(Act::Replug { port }).unwrap();
        let moved = state.place.unwrap();
        assert!(
            moved.contains("ttyUSB7") || moved == place,
            "a service keeps its address: {moved}"
        );
        let mut driver = Driver::connect(&twin);
        // What lay there the whole time is found again, before or after anybody asks.
        let answers = [driver.ask("ping"), driver.try_next_soon().unwrap_or_default()];
        assert!(answers.contains(&"pong".to_owned()), "{link:?}: {answers:?}");
    }
}

#[test]
fn a_driver_that_went_leaves_the_line_to_the_next_one() {
    let folder = TempDir::new().unwrap();
    for link in [tcp(), hid(&folder), pty(&folder)] {
        let twin = start(link.clone());
        for _ in 0..3 {
            let mut driver = Driver::connect(&twin);
            assert_eq!(driver.ask("ping"), "pong", "{link:?}");
        }
    }
}

#[test]
fn frames_are_answered_at_once() {
    let folder = TempDir::new().unwrap();
    for link in [tcp(), hid(&folder), pty(&folder)] {
        let twin = start(link.clone());
        let mut driver = Driver::connect(&twin);
        driver.ask("ping");
        let began = Instant::now();
        for _ in 0..50 {
            driver.ask("ping");
        }
        let each = began.elapsed() / 50;
        assert!(each < Duration::from_millis(5), "{link:?}: {each:?}");
    }
}

#[test]
fn only_loopback_reaches_a_stage_or_a_service() {
    let mut options = Options::new(identity(), tcp());
    options.stage = Some(([0, 0, 0, 0], 0).into());
    assert!(Twin::start(options, Box::new(Toy::default())).is_err());
    let link = Link::Tcp(TcpLink {
        address: ([0, 0, 0, 0], 0).into(),
    });
    assert!(Twin::start(Options::new(identity(), link), Box::new(Toy::default())).is_err());
}
