//! Another process takes over: visits go on, nobody is sent away, and one that does not start changes nothing.

use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::reader::Readers as _;
use madoguchi_driver_host::{DriverState, DriverStatus, Drivers, Options};

use crate::support::{
    LONG, Plugins, Watched, driver, lease, reader, refused_lease, start, status, wait_for_restart,
};

const ID: &str = "full:fake-1";

/// Waits until the driver is as wished.
async fn wait_for_driver(drivers: &Drivers, wish: impl Fn(&DriverStatus) -> bool) -> DriverStatus {
    let waiting = async {
        loop {
            let now = status(drivers, "full");
            if wish(&now) {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONG, waiting).await.unwrap()
}

/// The driver's process, and a handle to it.
fn process(drivers: &Drivers) -> (u32, Watched) {
    let id = status(drivers, "full").process_id.unwrap();
    (id, Watched::new(id))
}

#[tokio::test]
async fn the_old_process_serves_its_visit_to_the_end() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let (old, watched) = process(&drivers);
    let mut held = lease(&drivers, ID).await;
    drivers.upgrade(&driver("full")).await.unwrap();
    // Long enough for a new process to be there: the old one keeps its visit.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(held.open_card().await.is_ok());
    assert_eq!(status(&drivers, "full").process_id, Some(old));
    drop(held);
    let new = wait_for_restart(&drivers, "full", old).await;
    assert_eq!((new.state, new.restart_count), (DriverState::Ready, 1));
    assert!(watched.is_gone_within(LONG));
    assert!(lease(&drivers, ID).await.open_card().await.is_ok());
    drivers.shutdown().await;
}

#[tokio::test]
async fn who_comes_while_the_last_visit_ends_gets_the_new_process() {
    let plugins = Plugins::with("full");
    let drivers = start(Options {
        upgrade_timeout_ms: 1_000,
        ..plugins.options()
    })
    .await;
    let (old, _) = process(&drivers);
    let held = lease(&drivers, ID).await;
    drivers.upgrade(&driver("full")).await.unwrap();
    wait_for_driver(&drivers, |driver| driver.state == DriverState::Draining).await;
    assert_eq!(
        refused_lease(&drivers, ID, Duration::ZERO).await,
        Reason::ReaderBusy
    );
    let next = tokio::spawn({
        let drivers = drivers.clone();
        async move { drivers.lease(&reader(ID), LONG).await }
    });
    tokio::task::yield_now().await;
    drop(held);
    let mut next = next.await.unwrap().unwrap();
    assert_ne!(status(&drivers, "full").process_id, Some(old));
    assert!(next.open_card().await.is_ok());
    drivers.shutdown().await;
}

#[tokio::test]
async fn a_visit_that_does_not_end_ends_with_the_old_process() {
    let plugins = Plugins::with("full");
    let drivers = start(Options {
        upgrade_timeout_ms: 100,
        ..plugins.options()
    })
    .await;
    let (old, watched) = process(&drivers);
    let mut held = lease(&drivers, ID).await;
    held.open_card().await.unwrap();
    drivers.upgrade(&driver("full")).await.unwrap();
    let gone = tokio::task::spawn_blocking(move || watched.is_gone_within(LONG));
    assert!(gone.await.unwrap());
    wait_for_driver(&drivers, |driver| driver.process_id.is_some_and(|id| id != old)).await;
    assert_eq!(held.read_certificate().await.err(), Some(Reason::DriverFailed));
    drop(held);
    assert!(lease(&drivers, ID).await.open_card().await.is_ok());
    drivers.shutdown().await;
}

#[tokio::test]
async fn one_that_is_refused_or_does_not_start_leaves_the_old_one_serving() {
    let plugins = Plugins::with("full");
    let drivers = plugins.start().await;
    let (old, _) = process(&drivers);
    let upgrade = async || {
        drivers.upgrade(&driver("full")).await.unwrap();
        wait_for_driver(&drivers, |driver| driver.problem.is_some()).await
    };
    // A library that is not the one of the manifest.
    let library = plugins.path().join("full/plugin.so");
    let good = std::fs::read(&library).unwrap();
    std::fs::remove_file(&library).unwrap();
    std::fs::write(&library, b"something else").unwrap();
    let refused = upgrade().await;
    assert_eq!(
        (refused.process_id, refused.state),
        (Some(old), DriverState::Ready)
    );
    assert_eq!(
        refused.failed_phase.map(|phase| phase.to_string()).as_deref(),
        Some("hash")
    );
    assert!(lease(&drivers, ID).await.open_card().await.is_ok());

    // One whose own start fails, and one that is another driver.
    std::fs::remove_file(&library).unwrap();
    plugins.install("full", "panic-start", "full");
    let refused = upgrade().await;
    assert_eq!(
        (refused.process_id, refused.state),
        (Some(old), DriverState::Ready)
    );
    std::fs::remove_file(&library).unwrap();
    plugins.install("full", "full", "other");
    assert_eq!(upgrade().await.process_id, Some(old));
    assert!(lease(&drivers, ID).await.open_card().await.is_ok());

    // Mended: the problem is gone with the old process.
    std::fs::remove_file(&library).unwrap();
    plugins.install_bytes("full", &good, "full");
    drivers.upgrade(&driver("full")).await.unwrap();
    assert_eq!(wait_for_restart(&drivers, "full", old).await.problem, None);
    assert_eq!(
        drivers.upgrade(&driver("nobody")).await.err(),
        Some(Reason::DriverNotFound)
    );
    drivers.shutdown().await;
}
