//! What goes wrong with a device and with its card.

use super::*;

#[test]
fn card_faults_count_from_the_insertion() {
    let (twin, mut driver) = start_tcp();
    let stage = twin.stage();
    let insert = |faults: Faults| {
        let Act::Insert(mut insert) = Act::insert("adult") else {
            unreachable!()
        };
        insert.faults = faults;
        stage.act(Act::Insert(insert)).unwrap();
    };
    insert(Faults::pull_at(2));
    driver.next();
    driver.ask("on");
    driver.ask(SELECT_AP);
    assert_eq!(driver.ask(SELECT_KEY), "removed");
    assert_eq!(driver.next(), "event card_out");
    assert!(!stage.state().unwrap().card_present);
    insert(Faults {
        delay_ms: 60,
        ..Faults::default()
    });
    driver.next();
    driver.ask("on");
    let began = Instant::now();
    driver.send(SELECT_AP);
    // The device itself goes on meanwhile.
    stage.state().unwrap();
    assert!(began.elapsed() < Duration::from_millis(50));
    assert_eq!(driver.next(), "9000");
    assert!(began.elapsed() >= Duration::from_millis(60));
    stage.act(Act::Remove).unwrap();
    driver.next();
    insert(Faults {
        hang_at_apdu: Some(1),
        ..Faults::default()
    });
    driver.next();
    driver.ask("on");
    assert_eq!(driver.ask(SELECT_AP), "silent");
}

#[test]
fn faults_happen_at_their_frame() {
    let spoilt = |what| {
        let mut options = Options::new(identity(), tcp());
        options.faults = DeviceFaults::one(At::Sent(2), what);
        let twin = Twin::start(options, Box::new(Toy::default())).unwrap();
        let mut driver = Driver::connect(&twin);
        assert_eq!(driver.ask("ping"), "pong");
        driver.send("ping");
        (twin, driver)
    };
    let (_twin, mut driver) = spoilt(What::Duplicate);
    assert_eq!([driver.next(), driver.next()], ["pong", "pong"]);
    let (_twin, mut driver) = spoilt(What::WrongChecksum);
    assert_eq!(driver.next(), "qong", "the toy spoils its first byte");
    let (_twin, mut driver) = spoilt(What::Lost);
    assert_eq!(driver.try_next_soon(), None);
    assert_eq!(driver.ask("ping"), "pong");
    let (_twin, mut driver) = spoilt(What::Half);
    assert_eq!(driver.ask("ping"), "popong", "half a frame, then the next one");
    let slow = What::Slow {
        delay_ms: 80,
        frames: 1,
    };
    let began = Instant::now();
    let (_twin, mut driver) = spoilt(slow);
    assert_eq!(driver.next(), "pong");
    assert!(began.elapsed() >= Duration::from_millis(80));
    let (twin, mut driver) = spoilt(What::Unplug {
        back_after_ms: Some(60),
    });
    assert_eq!(driver.try_next(), None);
    assert!(
        twin.stage()
            .wait_for(SOON, |state| state.place.is_some())
            .unwrap()
            .is_some()
    );
    assert_eq!(
        Driver::connect(&twin).ask("ping"),
        "pong",
        "frames are not counted anew"
    );
    let (twin, mut driver) = spoilt(What::Freeze { for_ms: None });
    assert_eq!(driver.try_next_soon(), None);
    assert!(twin.stage().state().unwrap().frozen);
    assert_eq!(twin.stage().act(Act::Touch).unwrap_err(), Refused::Frozen);
    driver.send("ping");
    assert_eq!(driver.try_next_soon(), None);
    twin.stage().act(Act::Replug { port: None }).unwrap();
    assert_eq!(Driver::connect(&twin).ask("ping"), "pong");
    let (twin, mut driver) = spoilt(What::Freeze { for_ms: Some(30) });
    assert!(
        twin.stage()
            .wait_for(SOON, |state| !state.frozen)
            .unwrap()
            .is_some()
    );
    assert_eq!(driver.ask("ping"), "pong");
}

#[test]
fn a_clock_may_jump() {
    let (twin, mut driver) = start_tcp();
    let clock = |driver: &mut Driver| driver.ask("clock").parse::<i64>().unwrap();
    let before = clock(&mut driver);
    let jump = What::ClockJump { by_s: -3_600 };
    let faults = DeviceFaults::one(At::Received(1), jump);
    twin.stage().act(Act::Faults(faults)).unwrap();
    let after = clock(&mut driver);
    assert!((3_590..=3_600).contains(&(before - after)), "{before} {after}");
}
