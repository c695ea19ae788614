//! Card conversations with a driver that behaves.

use std::time::Duration;

use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_core::{Medium, Pin, Reason};
use madoguchi_driver_api::control::ECHO;
use madoguchi_fixture::{CERTIFICATE, PIN, code};

use crate::support::{Plugins, lease, reader, start, wait_for_reader};

fn pin(digits: &[u8]) -> Pin {
    Pin::new(digits.to_vec()).unwrap()
}

#[tokio::test]
async fn a_visit_from_tap_to_signature() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let mut lease = lease(&drivers, "full:fake-1").await;
    lease.wait_for_card(Duration::from_secs(5)).await.unwrap();
    assert_eq!(
        lease.pin_status().await,
        Err(Reason::CardRemoved),
        "nothing is open yet"
    );
    assert_eq!(lease.open_card().await.unwrap().medium, Medium::Card);
    assert_eq!(lease.read_certificate().await.unwrap().as_bytes(), CERTIFICATE);
    assert_eq!(
        lease.sign(b"challenge").await,
        Err(Reason::CardProtocolError),
        "not verified"
    );
    assert_eq!(lease.pin_status().await, Ok(PinStatus::TriesLeft(3)));
    assert_eq!(
        lease.verify_pin(pin(b"0000"), false).await,
        Ok(PinVerdict::Wrong { tries_left: 2 })
    );
    assert_eq!(
        lease.verify_pin(pin(b"0000"), false).await,
        Ok(PinVerdict::Wrong { tries_left: 1 })
    );
    assert_eq!(
        lease.verify_pin(pin(PIN), false).await,
        Ok(PinVerdict::LastTryNotConfirmed)
    );
    assert_eq!(lease.verify_pin(pin(PIN), true).await, Ok(PinVerdict::Verified));
    assert_eq!(lease.sign(b"challenge").await.unwrap(), [0x5A; 256]);
    let spent = lease.close_card().await.apdu_count;
    assert!((12..=20).contains(&spent), "{spent} APDUs");
    assert_eq!(lease.read_certificate().await, Err(Reason::CardRemoved), "closed");
    lease.open_card().await.unwrap();
    assert_eq!(
        lease.sign(b"challenge").await,
        Err(Reason::CardProtocolError),
        "power-off forgets the PIN"
    );
    assert!(
        lease.close_card().await.apdu_count > spent,
        "counted since the lease began"
    );
    drop(lease);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_card_is_awaited_and_its_removal_too() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let id = reader("full:fake-2");
    let mut lease = lease(&drivers, "full:fake-2").await;
    assert_eq!(
        lease.wait_for_card(Duration::from_millis(20)).await,
        Err(Reason::CardWaitTimeout)
    );
    assert_eq!(lease.open_card().await, Err(Reason::CardRemoved), "there is none");
    let (waited, inserted) = tokio::join!(
        lease.wait_for_card(Duration::from_secs(10)),
        drivers.control(&id, code::INSERT_CARD, Vec::new())
    );
    assert_eq!((waited, inserted), (Ok(()), Ok(Vec::new())));
    lease.open_card().await.unwrap();
    let ((), removed) = tokio::join!(
        lease.wait_for_removal(),
        drivers.control(&id, code::REMOVE_CARD, Vec::new())
    );
    removed.unwrap();
    assert_eq!(lease.read_certificate().await, Err(Reason::CardRemoved));
    drop(lease);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_quick_exchange_counts_as_a_removal() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let id = reader("full:fake-1");
    let mut lease = lease(&drivers, "full:fake-1").await;
    lease.open_card().await.unwrap();
    // The fixture reports a second card without the first one having gone.
    let ((), exchanged) = tokio::join!(
        lease.wait_for_removal(),
        drivers.control(&id, code::INSERT_CARD, Vec::new())
    );
    exchanged.unwrap();
    wait_for_reader(&drivers, "full:fake-1", |reader| reader.card_present).await;
    drop(lease);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_card_that_nobody_uses_is_powered_off() {
    let plugins = Plugins::with("full");
    let mut options = plugins.options();
    options.calls.card_idle_timeout_ms = 5;
    let drivers = start(options).await;
    let mut lease = lease(&drivers, "full:fake-1").await;
    lease.open_card().await.unwrap();
    // The passing of time is what is tested here.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(lease.read_certificate().await, Err(Reason::CardRemoved));
    drop(lease);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_control_call_goes_to_the_reader_and_back() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let id = reader("full:fake-1");
    assert_eq!(
        drivers.control(&id, ECHO, b"hello".to_vec()).await.unwrap(),
        b"hello"
    );
    assert_eq!(
        drivers.control(&id, 4711, Vec::new()).await,
        Err(Reason::ReaderUnavailable)
    );
    let elsewhere = reader("full:fake-9");
    assert_eq!(
        drivers.control(&elsewhere, ECHO, Vec::new()).await,
        Err(Reason::ReaderNotFound)
    );
    drivers.shutdown().await;
}

#[tokio::test]
async fn dropping_a_call_reaches_the_driver() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let id = reader("full:fake-1");
    {
        let waiting = drivers.control(&id, code::WAIT, Vec::new());
        assert!(
            tokio::time::timeout(Duration::from_millis(100), waiting)
                .await
                .is_err(),
            "it waits"
        );
    }
    // The reader's thread is free again long before the five seconds that the call was given.
    let echo = tokio::time::timeout(Duration::from_secs(2), drivers.control(&id, ECHO, vec![1]));
    assert_eq!(echo.await.expect("the wait was called off"), Ok(vec![1]));
    drivers.shutdown().await;
}
