//! The audit log on a disk that is full for a while: an alarm, what is configured, and a word in the chain.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is wrong")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use madoguchi_audit::{EntryStore as _, Log, Options, WhenFull, verify_chain};
use madoguchi_core::Reason;
use madoguchi_core::audit::{Action, Audit as _, Event};
use madoguchi_core::clock::SystemClock;
use madoguchi_store::Store;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio_util::sync::CancellationToken;

const DATABASE: &str = "MADOGUCHI_FULL_LOG_DATABASE";
const GO_ON: &str = "MADOGUCHI_FULL_LOG_GO_ON";
/// Events while the disk is full.
const EVENTS: u64 = 20;

/// From now on the files of this process stay below that size, which SQLite cannot tell from a full disk.
fn limit_files(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let limit = Rlimit {
        current: bytes.or(maximum),
        maximum,
    };
    setrlimit(Resource::Fsize, limit).unwrap();
}

#[tokio::test]
#[ignore = "the child of the tests below, in a process whose files may be limited"]
async fn child_whose_log_is_full_for_a_while() {
    let path = std::env::var_os(DATABASE).unwrap();
    let path = Path::new(&path);
    let goes_on = std::env::var_os(GO_ON).is_some();
    let store = Store::open(path).unwrap();
    let options = Options {
        when_full: if goes_on {
            WhenFull::GoOn
        } else {
            WhenFull::FailClosed
        },
        retry: Duration::from_millis(50),
        ..Options::default()
    };
    let (log, keeper) = Log::with_keeper(Arc::new(store.clone()), Arc::new(SystemClock), &options);
    let ending = CancellationToken::new();
    let keeping = tokio::spawn(keeper.run(ending.clone()));
    log.append(Event::new(Action::CheckInStarted)).await.unwrap();

    limit_files(Some(fs::metadata(path.with_extension("db-wal")).unwrap().len()));
    let expected = if goes_on {
        Ok(())
    } else {
        Err(Reason::StoreUnavailable)
    };
    for _ in 0..EVENTS {
        assert_eq!(log.append(Event::new(Action::PinSubmitted)).await, expected);
    }
    assert!(!log.is_well());
    limit_files(None);
    let well = async {
        while !log.is_well() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), well).await.unwrap();
    log.append(Event::new(Action::CheckInEnded)).await.unwrap();
    ending.cancel();
    keeping.await.unwrap();

    let entries = store.entries(0, 1_000).await.unwrap();
    verify_chain(None, &entries).unwrap();
    let word = entries[1].event.interruption.clone().unwrap();
    assert!(word.from_microseconds <= word.to_microseconds);
    let (late, lost) = if goes_on { (EVENTS, 0) } else { (0, EVENTS) };
    assert_eq!((word.late, word.lost), (late, lost));
    let count = |action| {
        entries
            .iter()
            .filter(|entry| entry.event.action == action)
            .count() as u64
    };
    assert_eq!(count(Action::PinSubmitted), late, "nothing twice");
    assert_eq!(entries.len() as u64, late + 3);
}

fn run_child(goes_on: bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // The shell ignores the signal that comes with the limit, and what it starts inherits that.
    command
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_whose_log_is_full_for_a_while"])
        .env(DATABASE, folder.path().join("madoguchi.db"));
    if goes_on {
        command.env(GO_ON, "1");
    }
    let child = command.output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn fail_closed_refuses_what_cannot_be_recorded_and_the_chain_says_how_much() {
    run_child(false);
}

#[test]
fn going_on_loses_nothing_that_fits_into_memory_and_the_chain_says_that_it_is_late() {
    run_child(true);
}
