//! The store itself: commits, failures, versions, bounds.

use std::fs;

use madoguchi_core::{CallerId, CounterId, Reason, RequestId};
use madoguchi_eligibility::folder::ResultStore as _;
use madoguchi_session::{Inserted, NewRow, ResourceStore};
use rusqlite::Connection;
use time::macros::datetime;
use tokio::sync::oneshot;

use crate::{Error, Options, Store, Temporary, Trouble};

const ADD: &str = "INSERT INTO challenges (id, bytes, expires_at) VALUES ($1, '', 0)";

fn add(connection: &Connection, id: &str) -> Result<(), Error> {
    connection.prepare_cached(ADD)?.execute([id])?;
    Ok(())
}

async fn count(store: &Store) -> i64 {
    let count = |connection: &Connection| {
        Ok(connection.query_row("SELECT COUNT(*) FROM challenges", [], |row| row.get(0))?)
    };
    store.read(count).await.unwrap()
}

/// Keeps the writer busy until the sender speaks, so that what is written meanwhile waits together.
async fn hold(store: &Store) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, held) = oneshot::channel::<()>();
    let (begin, begun) = oneshot::channel::<()>();
    let store = store.clone();
    let holder = tokio::spawn(async move {
        let hold = move |_: &Connection| {
            begin.send(()).map_err(|()| Error::Closed)?;
            held.blocking_recv().map_err(|_| Error::Closed)
        };
        store.write(hold).await.unwrap();
    });
    begun.await.unwrap();
    (release, holder)
}

#[tokio::test]
async fn what_waits_together_is_one_commit_and_a_failed_job_takes_back_only_its_own() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let (release, holder) = hold(store).await;
    let jobs: Vec<_> = (0..64)
        .map(|index| {
            let store = store.clone();
            let fails = index % 8 == 0;
            tokio::spawn(async move {
                store
                    .write(move |connection| {
                        add(connection, &index.to_string())?;
                        if fails {
                            Err(Error::Refused(Reason::Internal))
                        } else {
                            Ok(index)
                        }
                    })
                    .await
            })
        })
        .collect();
    while store.waiting_writes() < 64 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    holder.await.unwrap();
    for (index, job) in (0..64).zip(jobs) {
        match job.await.unwrap() {
            Ok(done) => assert!(done == index && index % 8 != 0),
            Err(error) => assert!(matches!(error, Error::Refused(Reason::Internal)) && index % 8 == 0),
        }
    }
    assert_eq!(count(store).await, 56);
    let statistics = store.statistics();
    assert_eq!((statistics.write_jobs, statistics.commits), (65, 2));
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_store_goes_on_afterwards() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let limit = |pages: i64| {
        move |connection: &Connection| {
            Ok(
                connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| {
                    row.get::<_, i64>(0)
                })?,
            )
        }
    };
    // SQLite never goes below what the file has now: it is full at once.
    store.write(limit(1)).await.unwrap();
    let big = |connection: &Connection| add(connection, &"x".repeat(1_000_000));
    let error = store.write(big).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Sqlite {
                trouble: Trouble::Full,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.reason(), Reason::StoreUnavailable);
    assert_eq!(count(store).await, 0);
    store.write(limit(1_000_000)).await.unwrap();
    store.write(big).await.unwrap();
    assert_eq!(count(store).await, 1);
}

#[tokio::test]
async fn a_call_that_was_given_up_before_its_turn_is_not_done() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let (release, holder) = hold(store).await;
    let given_up = tokio::spawn({
        let store = store.clone();
        async move { store.write(|connection| add(connection, "given up")).await }
    });
    while store.waiting_writes() < 1 {
        tokio::task::yield_now().await;
    }
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    release.send(()).unwrap();
    holder.await.unwrap();
    store.write(|connection| add(connection, "kept")).await.unwrap();
    assert_eq!(count(store).await, 1);
}

#[tokio::test]
async fn what_takes_too_long_or_waits_in_vain_has_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        max_waiting: 1,
        max_batch: 1,
        deadline_ms: 500,
        ..Options::default()
    };
    let store = Store::open_with(&folder.path().join("a.db"), &options).unwrap();
    let (release, held) = oneshot::channel::<()>();
    let (begin, begun) = oneshot::channel::<()>();
    let late = store.write(move |_| {
        begin.send(()).map_err(|()| Error::Closed)?;
        held.blocking_recv().map_err(|_| Error::Closed)
    });
    let (late, begun) = tokio::join!(late, begun);
    assert!(begun.is_ok() && matches!(late, Err(Error::Deadline)));
    // One waits, the next finds the queue full.
    let (waits, full) = tokio::join!(store.write(|_| Ok(())), store.write(|_| Ok(())));
    assert!(matches!(waits, Err(Error::Deadline)));
    assert!(matches!(full, Err(Error::Overloaded)));
    assert_eq!(Error::Overloaded.reason(), Reason::Overloaded);
    assert_eq!(Error::Deadline.reason(), Reason::StoreUnavailable);
    release.send(()).unwrap();
}

#[tokio::test]
async fn closing_writes_what_waits_and_ends_the_store() {
    let temporary = Temporary::new().unwrap();
    let store = temporary.store.clone();
    let (release, holder) = hold(&store).await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.write(|connection| add(connection, "waiting")).await }
    });
    while store.waiting_writes() < 1 {
        tokio::task::yield_now().await;
    }
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    while store.waiting_writes() < 2 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    holder.await.unwrap();
    waiting.await.unwrap().unwrap();
    closing.await.unwrap().unwrap();
    assert!(matches!(store.write(|_| Ok(())).await, Err(Error::Closed)));
    assert!(matches!(store.read(|_| Ok(())).await, Err(Error::Closed)));
    assert!(matches!(store.close().await, Err(Error::Closed)));
    // The one file is the whole database.
    assert!(!temporary.path().with_extension("db-wal").exists());
    assert_eq!(count(&Store::open(&temporary.path()).unwrap()).await, 1);
}

#[tokio::test]
async fn a_database_of_a_newer_madoguchi_is_refused_and_not_touched() {
    let temporary = Temporary::new().unwrap();
    temporary.store.close().await.unwrap();
    let set = |version: i64| {
        Connection::open(temporary.path())
            .unwrap()
            .pragma_update(None, "user_version", version)
            .unwrap();
    };
    let newest: i64 = Connection::open(temporary.path())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    set(newest + 1);
    let error = Store::open(&temporary.path()).unwrap_err();
    assert!(matches!(error, Error::Newer { found, known } if found == newest + 1 && known == newest));
    assert!(error.to_string().contains("use the newer one"));
    set(newest);
    assert!(Store::open(&temporary.path()).is_ok());
}

#[tokio::test]
async fn a_file_that_is_no_database_and_a_place_that_is_none_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("garbage.db");
    fs::write(&path, "This is not a database. ".repeat(500)).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Sqlite {
                trouble: Trouble::Corrupt,
                ..
            }
        ),
        "{error:?}"
    );
    let nowhere = Store::open(&folder.path().join("no/such/folder/a.db")).unwrap_err();
    assert!(matches!(nowhere, Error::Unopenable { .. }), "{nowhere:?}");
}

#[tokio::test]
async fn a_second_gateway_is_kept_out_until_the_first_is_gone() {
    let temporary = Temporary::new().unwrap();
    assert!(matches!(Store::open(&temporary.path()), Err(Error::InUse { .. })));
    temporary.store.close().await.unwrap();
    assert!(Store::open(&temporary.path()).is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt;

    let temporary = Temporary::new().unwrap();
    temporary
        .store
        .write(|connection| add(connection, "a"))
        .await
        .unwrap();
    let files = fs::read_dir(temporary.path().parent().unwrap()).unwrap();
    let modes: Vec<_> = files
        .map(|file| file.unwrap())
        .map(|file| {
            (
                file.file_name(),
                file.metadata().unwrap().permissions().mode() & 0o777,
            )
        })
        .collect();
    assert!(
        modes.len() >= 3 && modes.iter().all(|(_, mode)| *mode == 0o600),
        "{modes:?}"
    );
}

#[tokio::test]
async fn commits_go_through_a_write_ahead_log_that_is_flushed_each_time() {
    let temporary = Temporary::new().unwrap();
    let settings = |connection: &Connection| {
        let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
        Ok((journal, synchronous))
    };
    assert_eq!(
        temporary.store.write(settings).await.unwrap(),
        ("wal".to_owned(), 2)
    );
}

/// A visit that ended, with that in its result.
async fn ended(store: &Store, id: &str, result: &str) {
    let row = NewRow {
        kind: "check_in",
        id: id.to_owned(),
        caller: CallerId::new("emr").unwrap(),
        request_id: RequestId::new(id).unwrap(),
        fingerprint: String::new(),
        counter_id: CounterId::new("1").unwrap(),
        sequence: 1,
        terminal: true,
        body: format!("\"{result}\"").into_bytes(),
        at: datetime!(2026-11-22 09:00 UTC),
        beginning: None,
    };
    assert!(matches!(
        ResourceStore::insert(store, row).await,
        Ok(Inserted::New)
    ));
}

#[tokio::test]
async fn the_few_entries_about_checks_are_found_by_their_index() {
    let temporary = Temporary::new().unwrap();
    let plan = temporary.store.read(|connection| {
        let explained = format!("EXPLAIN QUERY PLAN {}", crate::entries::DEFERRALS);
        Ok(connection.query_row(&explained, [0], |row| row.get::<_, String>(3))?)
    });
    let plan = plan.await.unwrap();
    assert!(
        plan.contains("SEARCH") && plan.contains("audit_entries_deferrals"),
        "{plan}"
    );
}

#[tokio::test]
async fn when_a_visit_was_last_is_known_to_the_next_process() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    assert_eq!(store.last_visit_at().await, Ok(None));
    ended(store, "visit", "nobody").await;
    let at = datetime!(2026-11-22 09:00 UTC);
    assert_eq!(store.last_visit_at().await, Ok(Some(at)));
}

/// Whether any of the database's files holds that.
fn lies_around(temporary: &Temporary, text: &str) -> bool {
    let mut files = fs::read_dir(temporary.path().parent().unwrap()).unwrap();
    files.any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn what_is_purged_is_in_no_file_any_more() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    ended(store, "a", "Madoguchi Hanako").await;
    assert!(lies_around(&temporary, "Madoguchi Hanako"));
    let later = datetime!(2026-11-23 09:00 UTC);
    assert_eq!(store.purge_terminal_before(later).await, Ok(1));
    assert!(!lies_around(&temporary, "Madoguchi Hanako"));
}

#[tokio::test]
async fn a_journal_that_is_being_read_is_emptied_the_next_time() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    ended(store, "a", "Madoguchi Hanako").await;
    // A backup program, say, in the middle of its reading.
    let mut backup = Connection::open(temporary.path()).unwrap();
    let reading = backup.transaction().unwrap();
    let rows = |connection: &Connection| {
        connection
            .query_row("SELECT COUNT(*) FROM resources", [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(rows(&reading), 1);
    let later = datetime!(2026-11-23 09:00 UTC);
    assert_eq!(store.purge_terminal_before(later).await, Ok(1));
    assert!(lies_around(&temporary, "Madoguchi Hanako"));
    drop(reading);
    assert_eq!(store.purge_terminal_before(later).await, Ok(0));
    assert!(!lies_around(&temporary, "Madoguchi Hanako"));
}

#[tokio::test]
async fn what_other_tables_forget_is_in_no_file_either() {
    use madoguchi_core::eligibility::BatchState;
    use madoguchi_core::fallback::{EmrReference, Finding, Reconciliation};
    use madoguchi_core::{CheckInId, StaffId};
    use madoguchi_eligibility::BatchStore as _;
    use madoguchi_fallback::CaseStore;

    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let (then, later) = (datetime!(2026-11-22 09:00 UTC), datetime!(2026-11-23 09:00 UTC));

    let mut case = madoguchi_fallback::contract::case("r1");
    case.draft.emr_reference = Some(EmrReference::new("patient 4711").unwrap());
    let (id, told) = (case.id.clone(), madoguchi_fallback::contract::told());
    CaseStore::insert(store, case, told.clone()).await.unwrap();
    let word = Reconciliation {
        request_id: RequestId::new("s1").unwrap(),
        finding: Finding::Confirmed,
        staff_id: StaffId::new("clerk-2").unwrap(),
        caller: CallerId::new("emr").unwrap(),
        reconciled_at: then,
    };
    CaseStore::settle(store, &id, word, told).await.unwrap();
    assert!(lies_around(&temporary, "patient 4711"));
    assert_eq!(store.purge_settled_before(later).await, Ok(1));
    assert!(!lies_around(&temporary, "patient 4711"));

    let mut batch = madoguchi_eligibility::contract::batch("emr", "r1", then);
    batch.bookings[0].reference = "patient 4712".to_owned();
    batch.state = BatchState::Done;
    store.record(batch, 1).await.unwrap();
    assert!(lies_around(&temporary, "patient 4712"));
    assert_eq!(store.forget_over_before(later).await, Ok(1));
    assert!(!lies_around(&temporary, "patient 4712"));

    let result = madoguchi_eligibility::contract::result('a', then);
    // The beginning: a long text goes on in another page.
    let body: String = serde_json::to_string(&result.record)
        .unwrap()
        .chars()
        .take(60)
        .collect();
    store.keep(result.clone()).await.unwrap();
    let visit = CheckInId::new("visit-1").unwrap();
    store.give(&result.id, &visit).await.unwrap();
    assert!(lies_around(&temporary, &body));
    assert_eq!(store.forget_before(later).await, Ok(1));
    assert!(!lies_around(&temporary, &body));
}
