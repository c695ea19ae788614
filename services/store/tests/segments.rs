//! Checkpoints and segments under kill -9: what was stated and sealed is there, and everything is one chain.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is wrong")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use madoguchi_audit::{
    Archive, ChainStore as _, Checkpoint, EntryStore as _, Examination, Head, Notary, Rules, verify_chain,
};
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::clock::SystemClock;
use madoguchi_keys::{KeyRing, Rotation};
use madoguchi_store::Store;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

const FOLDER: &str = "MADOGUCHI_SEGMENTS_FOLDER";

fn keys(folder: &Path) -> KeyRing {
    let rotation = Rotation {
        every: None,
        announce: time::Duration::ZERO,
    };
    KeyRing::open(&folder.join("keys"), false, rotation, Arc::new(SystemClock)).unwrap()
}

/// Appends old events, seals them and has them leave the database, until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the test below, which kills it"]
async fn child_that_seals_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).unwrap();
    let folder = Path::new(&folder);
    let store = Store::open(&folder.join("madoguchi.db")).unwrap();
    let rules = || Rules {
        checkpoint_entries: 5,
        checkpoint_interval: Duration::from_secs(600),
        segment_entries: 10,
        retention: time::Duration::DAY,
    };
    let archive = Archive::new(Arc::new(store.clone()), folder.join("audit"));
    let keys = Arc::new(keys(folder));
    let old = OffsetDateTime::now_utc() - time::Duration::days(2);
    let old = old.replace_microsecond(old.microsecond()).unwrap();
    loop {
        for _ in 0..25 {
            let entry = store.append(old, Event::new(Action::RpcCalled)).await.unwrap();
            println!("entry {} {}", entry.sequence, entry.hash);
        }
        // Its first look seals what is full and has it leave; its end states the rest.
        let opened = Notary::open(archive.clone(), keys.clone(), Arc::new(SystemClock), rules()).await;
        let (notary, checkpoints) = opened.unwrap();
        let ending = CancellationToken::new();
        let running = tokio::spawn(notary.run(ending.clone()));
        let made = checkpoints.create().await.unwrap().unwrap();
        println!("checkpoint {}", made.jws);
        ending.cancel();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn what_was_stated_and_sealed_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut stated = Vec::new();
    let mut acknowledged = Vec::new();
    let mut sealed = 0;
    for enough in [2, 7, 20] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "child_that_seals_until_it_is_killed",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut checkpoints = 0;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut killed = false;
        for line in lines.map_while(Result::ok) {
            let words: Vec<_> = line.split(' ').collect();
            match words.as_slice() {
                // Only a line that was cut in half was not acknowledged.
                ["entry", sequence, hash] if hash.len() == 64 => acknowledged.push(Head {
                    sequence: sequence.parse().unwrap(),
                    hash: (*hash).to_owned(),
                }),
                ["checkpoint", jws] => {
                    checkpoints += 1;
                    stated.push((*jws).to_owned());
                }
                _ => {}
            }
            if checkpoints >= enough && !killed {
                killed = true;
                child.kill().unwrap();
            }
        }
        assert!(killed, "the child ended too early");
        child.wait().unwrap();
        // The last one may be half a line.
        let keys = keys(folder.path());
        if stated
            .last()
            .is_some_and(|jws| Checkpoint::verify(jws, &keys).is_err())
        {
            stated.pop();
        }
        sealed = check(folder.path(), &keys, &stated, &acknowledged).await;
    }
    // The first life may be over before anything is.
    assert!(sealed > 0, "nothing was sealed");
    assert!(stated.len() >= 26);
}

/// Everything that was acknowledged, from the files and what is left in the database. Says how many segments are sealed.
async fn check(folder: &Path, keys: &KeyRing, stated: &[String], acknowledged: &[Head]) -> usize {
    let store = Store::open(&folder.join("madoguchi.db")).unwrap();
    let segments = store.segments(0, 10_000).await.unwrap();
    let mut examination = Examination::new(keys, stated).unwrap();
    let mut lines = Vec::new();
    for segment in segments.iter().filter(|segment| segment.forgotten) {
        let file = std::fs::read(folder.join("audit").join(segment.file_name())).unwrap();
        examination.begin_file();
        examination.read(&mut file.as_slice()).unwrap().unwrap();
        lines.extend(String::from_utf8(file).unwrap().lines().map(str::to_owned));
    }
    let archive = Archive::new(Arc::new(store.clone()), folder.join("audit"));
    let mut head = archive.oldest().await.unwrap().map(|seal| seal.head());
    let entries = store.entries(0, u32::MAX).await.unwrap();
    verify_chain(head.clone(), &entries).unwrap();
    let end = store.head().await.unwrap().unwrap();
    examination.begin_file();
    while let Some(page) = archive.lines(&mut head, end.sequence).await.unwrap() {
        for line in page.lines() {
            examination.line(line).unwrap();
        }
        lines.extend(page.lines().map(str::to_owned));
    }
    let statement = madoguchi_audit::Statement {
        count: 1,
        gateway: store
            .instance(madoguchi_core::InstanceId::generate())
            .await
            .unwrap(),
        hash: end.hash,
        segment: 1,
        sequence: end.sequence,
        time: OffsetDateTime::now_utc(),
    };
    if !lines.last().is_some_and(|last| last.starts_with("ey")) {
        examination
            .line(&Checkpoint::sign(statement, keys).unwrap().jws)
            .unwrap();
    }
    examination.finish().unwrap();
    let all = lines.join("\n");
    for head in acknowledged {
        assert!(
            all.contains(&format!(r#""hash":"{}""#, head.hash)),
            "entry {} is lost",
            head.sequence
        );
    }
    store.close().await.unwrap();
    segments.len()
}
