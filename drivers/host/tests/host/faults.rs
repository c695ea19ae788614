//! Drivers that misbehave: each ends in a typed reason, and the next visit works.

use std::time::Duration;

use madoguchi_core::reader::{Readers as _, State};
use madoguchi_core::{Pin, Reason};
use madoguchi_driver_api::control::ECHO;
use madoguchi_driver_host::{DriverState, Drivers};
use madoguchi_fixture::{PIN, code};
use tokio_stream::StreamExt as _;

use crate::support::{
    LONG, Plugins, Watched, driver, kill, lease, reader, refused_lease, start, status, wait_for_reader,
    wait_for_restart, wait_until_ready,
};

const ID: &str = "full:fake-1";

fn pin() -> Pin {
    Pin::new(PIN.to_vec()).unwrap()
}

fn process_id(drivers: &Drivers, id: &str) -> u32 {
    status(drivers, id).process_id.unwrap()
}

/// Starts a call that never comes back, and makes sure that the reader's thread is in it.
async fn hang(drivers: &Drivers, id: &str) -> tokio::task::JoinHandle<Result<Vec<u8>, Reason>> {
    let (hanging, at) = (drivers.clone(), reader(id));
    let call = tokio::spawn(async move { hanging.control(&at, code::HANG, Vec::new()).await });
    tokio::task::yield_now().await;
    let at = reader(id);
    let echo = drivers.control(&at, ECHO, Vec::new());
    assert!(
        tokio::time::timeout(Duration::from_millis(50), echo)
            .await
            .is_err()
    );
    call
}

/// A whole visit.
async fn visit(drivers: &Drivers, id: &str) {
    let mut lease = lease(drivers, id).await;
    lease.wait_for_card(LONG).await.unwrap();
    lease.open_card().await.unwrap();
    lease.read_certificate().await.unwrap();
    lease.verify_pin(pin(), false).await.unwrap();
    lease.sign(b"challenge").await.unwrap();
    lease.close_card().await;
}

#[tokio::test]
async fn a_panic_in_the_plugin_costs_the_visit_and_not_the_process() {
    let plugins = Plugins::with("panic");
    let drivers = plugins.start().await;
    let pid = process_id(&drivers, "panic");
    let mut lease = lease(&drivers, "panic:fake-1").await;
    for _ in 0..2 {
        assert_eq!(lease.open_card().await, Err(Reason::DriverFailed));
    }
    drop(lease);
    assert_eq!(
        drivers.control(&reader("panic:fake-1"), ECHO, vec![7]).await,
        Ok(vec![7])
    );
    assert_eq!(process_id(&drivers, "panic"), pid);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_panic_in_the_middle_of_a_visit_is_over_with_the_next() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    assert_eq!(
        drivers.control(&reader(ID), code::PANIC, Vec::new()).await,
        Err(Reason::DriverFailed)
    );
    assert_eq!(
        held.read_certificate().await,
        Err(Reason::CardRemoved),
        "the panic ended the conversation"
    );
    drop(held);
    visit(&drivers, ID).await;
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_panic_while_waiting_for_events_brings_the_readers_back() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    // The trap springs at the driver's next call, whichever thread makes it: here the events' or this reader's.
    drivers
        .control(&reader("full:fake-2"), code::PANIC_NEXT, Vec::new())
        .await
        .unwrap();
    wait_for_reader(&drivers, ID, |reader| reader.reason == Some(Reason::DriverFailed)).await;
    wait_until_ready(&drivers, ID).await;
    visit(&drivers, ID).await;
    assert_eq!(status(&drivers, "full").restart_count, 0);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_hang_is_cut_off_by_the_deadline() {
    let plugins = Plugins::with("hang");
    let drivers = start(plugins.impatient_options()).await;
    let pid = process_id(&drivers, "hang");
    let process = Watched::new(pid);
    let mut held = lease(&drivers, "hang:fake-1").await;
    assert_eq!(held.open_card().await, Err(Reason::DriverTimeout));
    let after = wait_for_restart(&drivers, "hang", pid).await;
    assert!(process.is_gone_within(LONG), "it was killed");
    assert_eq!((after.restart_count, after.problem), (1, None));
    drop(held);
    assert_eq!(
        drivers.control(&reader("hang:fake-1"), ECHO, vec![1]).await,
        Ok(vec![1])
    );
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_hang_with_the_pin_on_its_way_leaves_its_outcome_unknown() {
    let plugins = Plugins::with("full");
    let drivers = start(plugins.impatient_options()).await;
    let pid = process_id(&drivers, "full");
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    let hanging = hang(&drivers, ID).await;
    assert_eq!(
        held.verify_pin(pin(), false).await,
        Err(Reason::PinOutcomeUnknown)
    );
    assert!(hanging.await.unwrap().is_err());
    drop(held);
    wait_for_restart(&drivers, "full", pid).await;
    visit(&drivers, ID).await;
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_driver_killed_with_the_pin_on_its_way_leaves_its_outcome_unknown() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let pid = process_id(&drivers, "full");
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    let hanging = hang(&drivers, ID).await;
    let verifying = async { held.verify_pin(pin(), false).await };
    let killing = async {
        tokio::task::yield_now().await;
        kill(pid);
    };
    let (outcome, ()) = tokio::join!(verifying, killing);
    assert_eq!(outcome, Err(Reason::PinOutcomeUnknown));
    assert_eq!(
        hanging.await.unwrap(),
        Err(Reason::DriverFailed),
        "killed in the middle of a call"
    );
    drop(held);
    wait_for_restart(&drivers, "full", pid).await;
    visit(&drivers, ID).await;
    drivers.shutdown().await;
}

#[tokio::test]
async fn nonsense_is_answered_with_a_reason() {
    let plugins = Plugins::with("nonsense");
    let drivers = plugins.start().await;
    let readers: Vec<_> = drivers
        .snapshot()
        .readers
        .into_iter()
        .map(|reader| reader.id.to_string())
        .collect();
    assert_eq!(
        readers,
        ["nonsense:empty", "nonsense:flood", "nonsense:garbage"],
        "no reader without a proper id"
    );
    for (id, reason) in [
        ("nonsense:empty", Reason::CardRemoved),
        ("nonsense:garbage", Reason::CardProtocolError),
        ("nonsense:flood", Reason::DriverProtocolError),
    ] {
        let mut held = lease(&drivers, id).await;
        assert_eq!(held.open_card().await, Err(reason), "{id}");
    }
    assert_eq!(status(&drivers, "nonsense").state, DriverState::Ready);
    drivers.shutdown().await;
}

#[tokio::test]
async fn an_abort_in_the_middle_of_a_visit_ends_it_and_the_next_lease_works() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let pid = process_id(&drivers, "full");
    let mut watch = drivers.watch();
    let before = watch.next().await.unwrap().sequence;
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    assert_eq!(
        drivers.control(&reader(ID), code::ABORT, Vec::new()).await,
        Err(Reason::DriverFailed)
    );
    assert_eq!(held.read_certificate().await, Err(Reason::DriverFailed));
    let failed = wait_for_failure(&mut watch).await;
    assert!(failed > before);
    let after = wait_for_restart(&drivers, "full", pid).await;
    assert!(drivers.snapshot().sequence > failed);
    assert_eq!(after.restart_count, 1);
    // The same lease may begin anew, and so may the next one.
    held.open_card().await.unwrap();
    drop(held);
    visit(&drivers, ID).await;
    drivers.shutdown().await;
}

/// The sequence of the snapshot that shows the reader as failed.
async fn wait_for_failure(
    watch: &mut (impl tokio_stream::Stream<Item = madoguchi_core::reader::Snapshot> + Unpin),
) -> u64 {
    let failed = async {
        loop {
            let snapshot = watch.next().await.unwrap();
            let reader = snapshot
                .readers
                .iter()
                .find(|reader| reader.id.as_str() == ID)
                .expect("it stays in sight");
            if reader.state == State::Unavailable {
                assert_eq!(reader.reason, Some(Reason::DriverFailed));
                return snapshot.sequence;
            }
        }
    };
    tokio::time::timeout(LONG, failed).await.unwrap()
}

#[tokio::test]
async fn a_driver_that_keeps_dying_is_given_longer_and_longer_pauses() {
    let plugins = Plugins::with("full");
    let mut options = plugins.options();
    options.restart.min_pause_ms = 600_000;
    options.restart.max_pause_ms = 600_000;
    let drivers = start(options).await;
    let first = process_id(&drivers, "full");
    kill(first);
    // At once the first time, although a pause would be ten minutes.
    let second = wait_for_restart(&drivers, "full", first)
        .await
        .process_id
        .unwrap();
    kill(second);
    wait_for_reader(&drivers, ID, |reader| reader.state == State::Unavailable).await;
    let waiting = status(&drivers, "full");
    assert_eq!(waiting.state, DriverState::BackingOff);
    assert_eq!(waiting.process_id, None);
    assert_eq!(refused_lease(&drivers, ID, LONG).await, Reason::DriverFailed);
    // Who asks does not wait for the pause.
    drivers.restart(&driver("full")).unwrap();
    let third = wait_for_restart(&drivers, "full", second).await;
    assert_eq!(third.restart_count, 2);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_card_on_a_reader_that_comes_back_has_not_left() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    let pid = process_id(&drivers, "full");
    let mut leaves = tokio::spawn(async move { held.wait_for_removal().await });
    kill(pid);
    wait_for_restart(&drivers, "full", pid).await;
    wait_for_reader(&drivers, ID, |reader| {
        reader.reason.is_none() && reader.card_present
    })
    .await;
    // Nothing is to happen: there is no sign to wait for.
    let waited = tokio::time::timeout(Duration::from_millis(200), &mut leaves).await;
    assert!(waited.is_err(), "it lies there, as before");
    let removed = drivers.control(&reader(ID), code::REMOVE_CARD, Vec::new()).await;
    assert_eq!(removed, Ok(Vec::new()));
    tokio::time::timeout(LONG, leaves).await.unwrap().unwrap();
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_driver_is_restarted_when_somebody_asks() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let pid = process_id(&drivers, "full");
    let process = Watched::new(pid);
    drivers.restart(&driver("full")).unwrap();
    wait_for_restart(&drivers, "full", pid).await;
    assert!(process.is_gone_within(LONG));
    visit(&drivers, ID).await;
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_process_that_stands_still_is_found_and_replaced() {
    let plugins = Plugins::with("full");
    let mut options = plugins.options();
    options.health_interval_ms = 20;
    options.health_timeout_ms = 200;
    let drivers = start(options).await;
    let pid = process_id(&drivers, "full");
    crate::support::stop(pid);
    let after = wait_for_restart(&drivers, "full", pid).await;
    assert_eq!(after.restart_count, 1);
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_leak_shows_in_the_peak_memory() {
    let plugins = Plugins::with("full");
    let mut options = plugins.options();
    options.health_interval_ms = 20;
    let drivers = start(options).await;
    drivers
        .control(&reader(ID), code::LEAK, Vec::new())
        .await
        .unwrap();
    let grown = async {
        while status(&drivers, "full").peak_memory_bytes < 16 << 20 {
            drivers.control(&reader(ID), ECHO, Vec::new()).await.unwrap();
        }
    };
    tokio::time::timeout(LONG, grown).await.unwrap();
    drivers.shutdown().await;
}
