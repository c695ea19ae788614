//! Who holds a reader, and who is next.

use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::reader::{Readers as _, State};
use tokio::sync::mpsc;

use crate::support::{LONG, Plugins, Watched, lease, reader, refused_lease, start, status, wait_for_reader};

const ID: &str = "full:fake-1";

#[tokio::test]
async fn first_come_first_served_and_who_leaves_the_line_is_skipped() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let first = lease(&drivers, ID).await;
    wait_for_reader(&drivers, ID, |reader| reader.state == State::Leased).await;
    let (served, mut order) = mpsc::channel(8);
    let mut waiting = Vec::new();
    for number in 0..4 {
        let (theirs, served) = (drivers.clone(), served.clone());
        waiting.push(tokio::spawn(async move {
            let held = theirs.lease(&reader(ID), LONG).await;
            served.send(number).await.unwrap();
            drop(held.unwrap());
        }));
        // One after the other into the line: an echo of the same hub comes back behind it.
        tokio::task::yield_now().await;
        assert_eq!(
            refused_lease(&drivers, ID, Duration::ZERO).await,
            Reason::ReaderBusy
        );
    }
    waiting[1].abort();
    assert!((&mut waiting[1]).await.unwrap_err().is_cancelled());
    drop(first);
    for expected in [0, 2, 3] {
        let number = tokio::time::timeout(LONG, order.recv()).await.unwrap().unwrap();
        assert_eq!(number, expected);
    }
    wait_for_reader(&drivers, ID, |reader| reader.state == State::Ready).await;
    drivers.shutdown().await;
}

#[tokio::test]
async fn the_line_has_an_end() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let held = lease(&drivers, ID).await;
    let waiting: Vec<_> = (0..16)
        .map(|_| {
            let drivers = drivers.clone();
            tokio::spawn(async move { drivers.lease(&reader(ID), LONG).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    // Without waiting at all: the line itself is full.
    let refused = tokio::time::timeout(Duration::from_secs(5), drivers.lease(&reader(ID), LONG)).await;
    assert_eq!(refused.unwrap().err(), Some(Reason::ReaderBusy));
    drop(held);
    for served in waiting {
        assert_eq!(served.await.unwrap(), Ok(()));
    }
    drivers.shutdown().await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_leased() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    assert_eq!(
        refused_lease(&drivers, "full:fake-9", Duration::ZERO).await,
        Reason::ReaderNotFound
    );
    assert_eq!(
        refused_lease(&drivers, "canon:1", Duration::ZERO).await,
        Reason::ReaderNotFound
    );
    drivers.shutdown().await;
}

#[tokio::test]
async fn dropping_a_lease_in_the_middle_leaves_a_working_reader() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    for _ in 0..3 {
        let mut held = lease(&drivers, ID).await;
        held.open_card().await.unwrap();
        // Called off while it is on its way, with a card open.
        let soon = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = soon => {}
            read = held.read_certificate() => drop(read),
        }
    }
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    held.read_certificate().await.unwrap();
    assert_eq!(status(&drivers, "full").restart_count, 0);
    drop(held);
    drivers.shutdown().await;
}

#[tokio::test]
async fn shutdown_waits_for_the_visit_and_leaves_no_process() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let process = Watched::new(status(&drivers, "full").process_id.unwrap());
    let mut held = lease(&drivers, ID).await;
    let next = tokio::spawn({
        let drivers = drivers.clone();
        async move { drivers.lease(&reader(ID), LONG).await.map(drop) }
    });
    tokio::task::yield_now().await;
    let stopping = tokio::spawn({
        let drivers = drivers.clone();
        async move { drivers.shutdown().await }
    });
    assert_eq!(next.await.unwrap(), Err(Reason::GatewayShuttingDown));
    assert_eq!(
        refused_lease(&drivers, ID, LONG).await,
        Reason::GatewayShuttingDown
    );
    held.open_card().await.expect("who holds a reader may finish");
    held.read_certificate().await.unwrap();
    assert!(!process.is_gone_within(Duration::ZERO));
    drop(held);
    tokio::time::timeout(LONG, stopping).await.unwrap().unwrap();
    assert!(process.is_gone_within(Duration::ZERO));
    assert!(drivers.snapshot().readers.is_empty());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let plugins = Plugins::with("full");
    let mut options = plugins.options();
    options.drain_timeout_ms = 50;
    let drivers = start(options).await;
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    tokio::time::timeout(LONG, drivers.shutdown()).await.unwrap();
    assert_eq!(held.read_certificate().await, Err(Reason::DriverFailed));
}
