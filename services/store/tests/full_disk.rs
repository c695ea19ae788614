//! A disk that is full is felt, also when nothing is to be forgotten: that is what the gateway's health asks.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is wrong")]

use std::fs;
use std::path::Path;
use std::process::Command;

use madoguchi_core::Reason;
use madoguchi_session::ResourceStore;
use madoguchi_store::Store;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use time::macros::datetime;

const DATABASE: &str = "MADOGUCHI_FULL_DISK_DATABASE";

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
#[ignore = "the child of the test below, in a process whose files may be limited"]
async fn child_whose_disk_is_full_for_a_while() {
    let path = std::env::var_os(DATABASE).unwrap();
    let path = Path::new(&path);
    let store = Store::open(path).unwrap();
    let purge = || store.purge_terminal_before(datetime!(2026-11-22 09:00 UTC));
    assert_eq!(purge().await, Ok(0));
    limit_files(Some(fs::metadata(path.with_extension("db-wal")).unwrap().len()));
    assert_eq!(purge().await, Err(Reason::StoreUnavailable));
    limit_files(None);
    assert_eq!(purge().await, Ok(0));
}

#[test]
fn a_full_disk_is_felt_though_nothing_is_to_be_forgotten_and_only_while_it_is_full() {
    let folder = tempfile::tempdir().unwrap();
    // The shell ignores the signal that comes with the limit, and what it starts inherits that.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_whose_disk_is_full_for_a_while"])
        .env(DATABASE, folder.path().join("madoguchi.db"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}
