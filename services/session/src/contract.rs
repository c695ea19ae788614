//! What every [`ResourceStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::{CallerId, CounterId, Reason, RequestId};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::port::{Ending, Inserted, NewRow, ResourceStore, Row, Update};

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00:00.123456 UTC);

fn new_row(kind: &'static str, id: &str, caller: &str, request: &str) -> NewRow {
    NewRow {
        kind,
        id: id.to_owned(),
        caller: CallerId::new(caller).unwrap(),
        request_id: RequestId::new(request).unwrap(),
        fingerprint: format!("asked for {id}"),
        counter_id: CounterId::new("counter-1").unwrap(),
        sequence: 1,
        terminal: false,
        body: format!("{{\"id\":\"{id}\",\"name\":\"●\"}}").into_bytes(),
        at: NOW,
        beginning: Some(Event::new(Action::CheckInStarted)),
    }
}

fn update(row: &NewRow, sequence: u64, terminal: bool) -> Update {
    let body = format!("{{\"sequence\":{sequence}}}").into_bytes();
    let at = NOW + Duration::seconds(sequence.try_into().unwrap());
    Update {
        kind: row.kind,
        id: row.id.clone(),
        sequence,
        terminal,
        body,
        at,
        ending: terminal.then(|| Ending {
            event: Event::new(Action::CheckInEnded),
            evidence: None,
            check: None,
        }),
    }
}

fn kept(row: &NewRow) -> Row {
    Row {
        id: row.id.clone(),
        sequence: row.sequence,
        terminal: row.terminal,
        body: row.body.clone(),
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn resource_store(store: &dyn ResourceStore) {
    let first = new_row("check_in", "a", "emr", "r1");
    let second = new_row("check_in", "b", "emr", "r2");
    assert_eq!(store.get("check_in", "a").await, Ok(None));
    assert_eq!(store.insert(first.clone()).await, Ok(Inserted::New));
    assert_eq!(store.insert(second.clone()).await, Ok(Inserted::New));
    assert_eq!(store.get("check_in", "a").await, Ok(Some(kept(&first))));
    assert_eq!(store.get("authentication", "a").await, Ok(None));

    // A request id names one resource per caller and kind.
    let existing = Inserted::Existing {
        id: "a".to_owned(),
        fingerprint: first.fingerprint.clone(),
    };
    assert_eq!(
        store.insert(new_row("check_in", "c", "emr", "r1")).await,
        Ok(existing)
    );
    assert_eq!(store.get("check_in", "c").await, Ok(None));
    assert_eq!(
        store.insert(new_row("check_in", "d", "kiosk", "r1")).await,
        Ok(Inserted::New)
    );
    assert_eq!(
        store.insert(new_row("authentication", "a", "emr", "r1")).await,
        Ok(Inserted::New)
    );

    let find = async |kind, caller, request| {
        let (caller, request) = (CallerId::new(caller).unwrap(), RequestId::new(request).unwrap());
        store.find(kind, &caller, &request).await
    };
    assert_eq!(
        find("check_in", "emr", "r1").await,
        Ok(Some(("a".to_owned(), first.fingerprint.clone())))
    );
    assert_eq!(find("check_in", "kiosk", "r2").await, Ok(None));
    assert_eq!(find("authentication", "emr", "r2").await, Ok(None));

    // States only go forward, and end.
    assert_eq!(store.update(update(&first, 3, false)).await, Ok(()));
    assert_eq!(
        store.update(update(&first, 3, false)).await,
        Err(Reason::Internal)
    );
    assert_eq!(
        store.update(update(&first, 2, false)).await,
        Err(Reason::Internal)
    );
    let mut unknown = update(&first, 4, false);
    unknown.id = "x".to_owned();
    assert_eq!(store.update(unknown).await, Err(Reason::Internal));
    let row = store.get("check_in", "a").await.unwrap().unwrap();
    assert_eq!(
        (row.sequence, row.terminal, row.body.as_slice()),
        (3, false, &br#"{"sequence":3}"#[..])
    );
    let open = |rows: Vec<Row>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(open(store.list_open("check_in").await.unwrap()), ["a", "b", "d"]);
    assert_eq!(store.update(update(&first, 4, true)).await, Ok(()));
    assert_eq!(
        store.update(update(&first, 5, false)).await,
        Err(Reason::Internal)
    );
    assert_eq!(open(store.list_open("check_in").await.unwrap()), ["b", "d"]);
    assert!(store.get("check_in", "a").await.unwrap().unwrap().terminal);

    // Only what ended is purged, by the time of its end; then its request id is free again.
    assert_eq!(
        store.purge_terminal_before(NOW + Duration::seconds(4)).await,
        Ok(0)
    );
    assert_eq!(
        store.purge_terminal_before(NOW + Duration::seconds(5)).await,
        Ok(1)
    );
    assert_eq!(store.get("check_in", "a").await, Ok(None));
    assert_eq!(store.get("check_in", "b").await, Ok(Some(kept(&second))));
    assert_eq!(
        store.insert(new_row("check_in", "e", "emr", "r1")).await,
        Ok(Inserted::New)
    );
}
