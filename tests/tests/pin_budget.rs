//! The tries of a card's PIN across kill -9: a try counts as spent before it is sent, and the card's own word wins.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

use std::path::Path;
use std::time::{Duration, Instant};

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_tests::{Setup, Visit, Watched, run};
use rusqlite::{Connection, OpenFlags};

fn tries_left(check_in: &CheckIn) -> Option<u32> {
    match check_in.pending_action.clone().and_then(|pending| pending.action) {
        Some(Action::EnterPin(prompt)) => prompt.tries_left_count,
        other => panic!("no PIN is asked: {other:?}"),
    }
}

/// What lies on disk of the one card that was ever seen.
fn on_disk(folder: &Path) -> Option<u32> {
    let database = folder.join("data/madoguchi.db");
    let database = if database.exists() {
        database
    } else {
        folder.join("madoguchi.db")
    };
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let row = connection.query_row("SELECT tries FROM pin_accounts", [], |row| row.get(0));
    row.ok()
}

async fn until_on_disk(folder: &Path, tries: u32) {
    let began = Instant::now();
    while on_disk(folder) != Some(tries) {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?} on disk, not {tries}",
            on_disk(folder)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_try_survives_kill_9_as_spent_and_the_card_corrects_it() {
    run(async {
        let mut clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        let asked = visit.until_state(State::WaitingForPin).await;
        assert_eq!(tries_left(&asked), Some(3));
        assert_eq!(on_disk(clinic.folder()), Some(3), "the card said so");

        // The driver's process stands still: the try is reserved, and nothing reaches the card.
        for driver in clinic.gateway.process().children() {
            Watched::new(driver).freeze();
        }
        visit.pin("0000", false).await.unwrap();
        until_on_disk(clinic.folder(), 2).await;
        let drivers = clinic.gateway.process().children();
        clinic.gateway.kill();
        for driver in drivers {
            Watched::new(driver).kill();
        }
        assert_eq!(
            on_disk(clinic.folder()),
            Some(2),
            "spent, as far as anybody knows"
        );
        assert_eq!(card.report().unwrap().verify_count(), 0);

        // The card says that it was not.
        clinic.restart_gateway().await;
        clinic.take_off(&card).await;
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        let asked = visit.until_state(State::WaitingForPin).await;
        assert_eq!(tries_left(&asked), Some(3));
        assert_eq!(on_disk(clinic.folder()), Some(3));
        visit.pin("0000", false).await.unwrap();
        let left = |now: &CheckIn| now.pending_action.is_some() && tries_left(now) == Some(2);
        visit.until(left).await;

        // Killed after the card's answer: what it said is what the next gateway knows.
        clinic.restart_gateway().await;
        assert_eq!(on_disk(clinic.folder()), Some(2));
        clinic.take_off(&card).await;
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        let asked = visit.until_state(State::WaitingForPin).await;
        assert_eq!(tries_left(&asked), Some(2));
        visit.pin("1234", false).await.unwrap();
        visit.until_state(State::WaitingForConsent).await;
        assert_eq!(on_disk(clinic.folder()), Some(3), "a success counts anew");
        assert_eq!(card.report().unwrap().verify_count(), 2);
    });
}
