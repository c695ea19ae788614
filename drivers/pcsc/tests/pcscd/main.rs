//! The driver on a real pcscd with a virtual card.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod world;

use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Capability, Error, Event, Host, PoweredCard};
use madoguchi_twin::Faults;
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};

use world::{EMPTY, READER, SELECT_JPKI, World, call, isolated, send};

#[test]
fn readers_are_listed_and_cards_come_and_go() {
    isolated("readers_are_listed_and_cards_come_and_go", |world| {
        let readers = world.driver.readers().unwrap();
        let listed: Vec<_> = readers
            .iter()
            .map(|info| (info.selector.as_str(), info.card_present))
            .collect();
        assert_eq!(listed, [(READER, false), (EMPTY, false)]);
        assert_eq!(readers[0].display_name, "Virtual PCD 0");
        assert_eq!(
            readers[0].capabilities,
            [Capability::NfcCard, Capability::NfcPhone]
        );
        assert_eq!(readers[0].unavailable, None);

        // The first thing that the event thread hears is each reader as it is.
        for info in &readers {
            let event = world.driver.next_event(Duration::from_secs(20));
            assert_eq!(event, Ok(Some(Event::ReaderChanged(info.clone()))));
        }
        assert_eq!(world.driver.next_event(Duration::ZERO), Ok(None));
        for _ in 0..2 {
            world.insert();
            assert!(world.driver.readers().unwrap()[0].card_present);
            world.card.remove().unwrap();
            world.removed();
        }
        assert_eq!(
            world.driver.open("nowhere", &call()).err(),
            Some(Error::ReaderRemoved)
        );
        let mut empty = world.driver.open(EMPTY, &call()).unwrap();
        assert_eq!(empty.power_on(&call()), Err(Error::NoCard));
        assert_eq!(
            empty.transmit(&SELECT_JPKI, &mut Vec::new(), &call()),
            Err(Error::CardRemoved)
        );
    });
}

#[test]
fn nothing_stays_verified_after_a_session() {
    isolated("nothing_stays_verified_after_a_session", |world| {
        world.insert();
        let mut reader = world.open();
        let sign = |card: &mut PoweredCard<'_>| {
            let mut response = Vec::new();
            card.transmit(&SELECT_JPKI, &mut response, &call()).unwrap();
            card.transmit(
                &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x17],
                &mut response,
                &call(),
            )
            .unwrap();
            let mut command = vec![0x80, 0x2A, 0x00, 0x80, 0x33];
            command.extend([
                0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
                0x05, 0x00, 0x04, 0x20,
            ]);
            command.extend([0xA5; 32]);
            command.push(0x00);
            card.transmit(&command, &mut response, &call()).unwrap();
            response.split_off(response.len() - 2)
        };
        {
            let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
            assert_eq!(card.atr().0.first(), Some(&0x3B));
            let mut response = Vec::new();
            card.transmit(&SELECT_JPKI, &mut response, &call()).unwrap();
            card.transmit(
                &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18],
                &mut response,
                &call(),
            )
            .unwrap();
            let verify = [0x00, 0x20, 0x00, 0x80, 0x04, b'1', b'2', b'3', b'4'];
            card.transmit(&verify, &mut response, &call()).unwrap();
            assert_eq!(response, [0x90, 0x00]);
            assert_ne!(sign(&mut card), [0x69, 0x82], "verified in this session");
        }
        let mut card = PoweredCard::power_on(&mut *reader, &call()).unwrap();
        assert_eq!(sign(&mut card), [0x69, 0x82], "verified in the session before");
    });
}

#[test]
fn a_card_pulled_in_the_middle_is_a_removed_card() {
    isolated("a_card_pulled_in_the_middle_is_a_removed_card", |world| {
        world.card.set_faults(Faults::pull_at(2)).unwrap();
        world.insert();
        let mut reader = world.open();
        reader.power_on(&call()).unwrap();
        assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
        assert_eq!(send(&mut *reader, &SELECT_JPKI), Err(Error::CardRemoved));
        assert_eq!(
            send(&mut *reader, &SELECT_JPKI),
            Err(Error::CardRemoved),
            "and stays one"
        );
        world.removed();
        assert_eq!(reader.power_on(&call()), Err(Error::NoCard));

        world.card.set_faults(Faults::default()).unwrap();
        world.insert();
        reader.power_on(&call()).unwrap();
        assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
    });
}

#[test]
fn a_card_pulled_and_put_back_at_once_is_seen() {
    isolated("a_card_pulled_and_put_back_at_once_is_seen", |world| {
        world.insert();
        let mut reader = world.open();
        reader.power_on(&call()).unwrap();
        assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
        for _ in 0..5 {
            let _ = world.card.set_faults(Faults::pull_at(2)).unwrap();
            assert_eq!(send(&mut *reader, &SELECT_JPKI), Err(Error::CardRemoved));
            reader.power_off();
            // Before the service has looked.
            let _ = world.card.insert().unwrap();
            let _ = world.card.set_faults(Faults::default()).unwrap();
            let until = Instant::now() + Duration::from_secs(5);
            while let Err(error) = reader.power_on(&call()) {
                assert_eq!(error, Error::NoCard);
                assert!(Instant::now() < until, "the card that is back is never seen");
                thread::sleep(Duration::from_millis(20));
            }
            assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
        }
    });
}

#[test]
fn a_card_put_back_for_a_moment_as_a_session_ends_does_not_stay_seen() {
    isolated(
        "a_card_put_back_for_a_moment_as_a_session_ends_does_not_stay_seen",
        |world| {
            for _ in 0..3 {
                let _ = world.card.set_faults(Faults::pull_at(2)).unwrap();
                world.insert();
                let mut reader = world.open();
                reader.power_on(&call()).unwrap();
                assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
                assert_eq!(send(&mut *reader, &SELECT_JPKI), Err(Error::CardRemoved));
                world.removed();
                // The session ends while the card lies there again, and the service mostly sees neither come nor go.
                let _ = world.card.insert().unwrap();
                thread::sleep(Duration::from_millis(50));
                reader.power_off();
                // A lost card is let go by a thread that nobody waits for.
                thread::sleep(Duration::from_millis(100));
                let _ = world.card.remove().unwrap();
                let until = Instant::now() + Duration::from_secs(5);
                while world.driver.readers().unwrap()[0].card_present {
                    assert!(Instant::now() < until, "a card that nobody lifts any more");
                    thread::sleep(Duration::from_millis(20));
                }
                while world.driver.next_event(Duration::ZERO).unwrap().is_some() {}
            }
        },
    );
}

#[test]
fn an_apdu_that_a_card_thinks_about_ends_with_its_call() {
    isolated("an_apdu_that_a_card_thinks_about_ends_with_its_call", |world| {
        let slow = Faults {
            delay_ms: 1500,
            ..Faults::default()
        };
        world.card.set_faults(slow).unwrap();
        world.insert();
        let mut reader = world.open();
        reader.power_on(&call()).unwrap();
        let begun = Instant::now();
        let answer = reader.transmit(
            &SELECT_JPKI,
            &mut Vec::new(),
            &Call::within(Duration::from_millis(100)),
        );
        assert_eq!(answer, Err(Error::Timeout));
        assert!(
            begun.elapsed() < Duration::from_millis(700),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(
            send(&mut *reader, &SELECT_JPKI),
            Err(Error::CardRemoved),
            "what was selected is lost"
        );
        // It is busy for as long as the card thinks, and then serves again.
        world.card.set_faults(Faults::default()).unwrap();
        let powered = (0..5).find_map(|_| reader.power_on(&call()).ok());
        assert!(powered.is_some());
        assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
        // What is no command does not reach the card.
        let nothing = send(&mut *reader, &[]);
        assert!(matches!(nothing, Err(Error::Protocol { .. })), "{nothing:?}");
    });
}

#[test]
fn a_service_that_dies_is_lost_once_and_found_again() {
    isolated("a_service_that_dies_is_lost_once_and_found_again", |mut world| {
        world.insert();
        let mut reader = world.open();
        reader.power_on(&call()).unwrap();

        let World { driver, pcscd, .. } = &mut world;
        thread::scope(|scope| {
            let waiting = scope.spawn(|| driver.next_event(Duration::from_secs(20)));
            pcscd.kill();
            assert_eq!(waiting.join().unwrap(), Err(Error::ServiceUnavailable));
        });
        assert_eq!(world.driver.readers(), Err(Error::ServiceUnavailable));
        assert_eq!(send(&mut *reader, &SELECT_JPKI), Err(Error::ServiceUnavailable));
        assert_eq!(reader.power_on(&call()), Err(Error::ServiceUnavailable));
        // While it is gone the wait is a wait, not a spin.
        let asked = Instant::now();
        assert_eq!(
            world.driver.next_event(Duration::from_millis(300)),
            Err(Error::ServiceUnavailable)
        );
        assert!(asked.elapsed() >= Duration::from_millis(300));

        world.pcscd.restart().unwrap();
        let back = world.event(
            "the reader again",
            |event| matches!(event, Event::ReaderChanged(info) if info.selector == READER),
        );
        let Event::ReaderChanged(info) = back else {
            unreachable!("as asked for")
        };
        if !info.card_present {
            world.event("the card again", |event| {
                matches!(event, Event::CardInserted { .. })
            });
        }
        reader.power_on(&call()).unwrap();
        assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
    });
}

#[test]
fn a_service_that_was_restarted_unseen_is_used_at_once() {
    isolated(
        "a_service_that_was_restarted_unseen_is_used_at_once",
        |mut world| {
            world.insert();
            let mut reader = world.open();
            reader.power_on(&call()).unwrap();
            reader.power_off();
            world.pcscd.restart().unwrap();
            assert_eq!(world.driver.readers().map(|readers| readers.len()), Ok(2));
            assert_eq!(
                world.driver.next_event(Duration::from_secs(20)),
                Err(Error::ServiceUnavailable),
                "once"
            );
            // The card finds the new service by itself.
            world.event("the card again", |event| match event {
                Event::ReaderChanged(info) => info.selector == READER && info.card_present,
                event => {
                    *event
                        == Event::CardInserted {
                            selector: READER.into(),
                        }
                }
            });
            reader.power_on(&call()).unwrap();
            assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
        },
    );
}

#[test]
fn a_reader_that_another_program_holds_is_listed_as_busy() {
    isolated("a_reader_that_another_program_holds_is_listed_as_busy", |world| {
        world.insert();
        let other = Context::establish(Scope::User).unwrap();
        let name = other.list_readers_owned().unwrap().remove(0);
        let held = other
            .connect(&name, ShareMode::Exclusive, Protocols::ANY)
            .unwrap();

        let listed = world.driver.readers().unwrap();
        assert_eq!(listed[0].unavailable, Some(Error::ReaderBusy));
        assert_eq!(listed[1].unavailable, None);
        world.event("busy", |event| {
            matches!(event, Event::ReaderChanged(info) if info.unavailable == Some(Error::ReaderBusy))
        });
        let mut reader = world.open();
        assert_eq!(reader.power_on(&call()), Err(Error::ReaderBusy));
        assert_eq!(
            reader.power_on(&Call::within(Duration::from_millis(100))),
            Err(Error::ReaderBusy)
        );

        held.disconnect(Disposition::LeaveCard)
            .map_err(|(_, error)| error)
            .unwrap();
        world.event("free", |event| {
            matches!(event, Event::ReaderChanged(info) if info.selector == READER && info.unavailable.is_none())
        });
        reader.power_on(&call()).unwrap();
        assert_eq!(
            world.driver.readers().unwrap()[0].unavailable,
            None,
            "our own hold is not another's"
        );
        reader.power_off();
        // What our session did to the reader's state is no event.
        assert_eq!(world.driver.next_event(Duration::from_millis(700)), Ok(None));
    });
}

#[test]
fn a_short_hold_of_another_program_is_waited_out() {
    isolated("a_short_hold_of_another_program_is_waited_out", |world| {
        world.insert();
        let other = Context::establish(Scope::User).unwrap();
        let name = other.list_readers_owned().unwrap().remove(0);
        let held = other
            .connect(&name, ShareMode::Exclusive, Protocols::ANY)
            .unwrap();
        let mut reader = world.open();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| reader.power_on(&call()).map(|_| ()));
            // Long enough for at least one try to fail.
            thread::sleep(Duration::from_millis(100));
            held.disconnect(Disposition::LeaveCard)
                .map_err(|(_, error)| error)
                .unwrap();
            assert_eq!(waiting.join().unwrap(), Ok(()));
        });
    });
}

#[test]
fn a_wait_is_interrupted_and_a_call_is_bounded() {
    isolated("a_wait_is_interrupted_and_a_call_is_bounded", |world| {
        while world.driver.next_event(Duration::ZERO).unwrap().is_some() {}
        // Before the wait, and during it.
        world.driver.interrupt();
        assert_eq!(world.driver.next_event(Duration::from_secs(60)), Ok(None));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| world.driver.next_event(Duration::from_secs(60)));
            world.driver.interrupt();
            let asked = Instant::now();
            assert_eq!(waiting.join().unwrap(), Ok(None));
            assert!(asked.elapsed() < Duration::from_secs(10));
        });

        world.insert();
        let mut reader = world.open();
        let late = Call::within(Duration::ZERO);
        assert_eq!(reader.power_on(&late), Err(Error::Timeout));
        reader.power_on(&call()).unwrap();
        assert_eq!(
            reader.transmit(&SELECT_JPKI, &mut Vec::new(), &late),
            Err(Error::Timeout)
        );
        assert_eq!(
            world.card.report().unwrap().apdu_count,
            0,
            "nothing reached the card"
        );
    });
}

#[test]
fn the_plugin_reads_a_card() {
    isolated("the_plugin_reads_a_card", |mut world| {
        let library = madoguchi_fixture_build::library("madoguchi-plugin-pcsc").unwrap();
        let loaded = madoguchi_driver_abi::load(&library, Host::new(|_, _| {})).unwrap();
        assert_eq!(
            (loaded.abi_version, loaded.driver.info().id.as_str()),
            (2, "pcsc")
        );
        // The host compares what the driver says of itself with its manifest.
        let manifest = include_str!("../../../../plugins/pcsc/plugin.toml");
        let info = loaded.driver.info();
        for (key, value) in [("id", info.id), ("maker", info.maker), ("version", info.version)] {
            assert!(
                manifest.contains(&format!("\n{key} = \"{value}\"\n")),
                "{key} {value}"
            );
        }
        world.driver = loaded.driver;
        world.insert();
        let mut reader = world.open();
        reader.power_on(&call()).unwrap();
        assert_eq!(send(&mut *reader, &SELECT_JPKI).unwrap(), [0x90, 0x00]);
    });
}
