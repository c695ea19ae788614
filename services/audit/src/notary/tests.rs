use std::fs;
use std::path::Path;

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::clock::FixedClock;
use madoguchi_keys::MemoryKeys;
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::{ChainStore as _, EntryStore as _, Examination, Finding, Known, MemoryEntries, Told};

const AT: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

struct House {
    store: Arc<MemoryEntries>,
    keys: Arc<MemoryKeys>,
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        Self {
            store: Arc::default(),
            keys: Arc::new(MemoryKeys::generate().unwrap()),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn notary(&self, now: OffsetDateTime) -> (Notary, Checkpoints) {
        let archive = Archive::new(self.store.clone(), self.folder.path().join("audit"));
        let rules = Rules {
            checkpoint_entries: 3,
            checkpoint_interval: Duration::from_secs(600),
            segment_entries: 5,
            retention: time::Duration::days(30),
        };
        Notary::open(archive, self.keys.clone(), Arc::new(FixedClock(now)), rules)
            .await
            .unwrap()
    }

    async fn append(&self, count: usize, at: OffsetDateTime) {
        let events = (0..count)
            .map(|_| Told::new(at, Event::new(Action::RpcCalled)))
            .collect();
        self.store.append_once(events).await.unwrap();
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let Ok(folder) = fs::read_dir(self.folder.path().join("audit")) else {
            return Vec::new();
        };
        let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn examine(&self, files: &[impl AsRef<Path>], rest: &str) -> Result<Known, Finding> {
        let mut examination = Examination::new(&*self.keys, &[])?;
        for file in files {
            examination.begin_file();
            let bytes = fs::read(file).unwrap();
            examination.read(&mut bytes.as_slice()).unwrap()?;
        }
        examination.begin_file();
        examination.read(&mut rest.as_bytes()).unwrap()?;
        examination.finish()
    }
}

#[tokio::test]
async fn checkpoints_are_made_when_due_when_asked_and_at_the_end() {
    let house = House::new();
    let (mut notary, _) = house.notary(AT).await;
    assert_eq!(notary.checkpoint().await, Ok(None));
    house.append(2, AT).await;
    notary.look_at_head().await.unwrap();
    assert_eq!(house.store.last_checkpoint().await, Ok(None), "too early");
    house.append(1, AT).await;
    notary.look_at_head().await.unwrap();
    let due = house.store.last_checkpoint().await.unwrap().unwrap();
    assert_eq!(
        (due.statement.sequence, due.statement.count, due.statement.segment),
        (3, 3, 1)
    );
    assert_eq!(Checkpoint::verify(&due.jws, &*house.keys), Ok(due.clone()));

    // Another process goes on where this one stood, under the same name.
    let (next, checkpoints) = house.notary(AT).await;
    assert_eq!(next.instance(), notary.instance());
    let ending = CancellationToken::new();
    let running = tokio::spawn(next.run(ending.clone()));
    assert_eq!(checkpoints.create().await, Ok(Some(due)), "nothing is new");
    house.append(1, AT).await;
    assert_eq!(checkpoints.create().await.unwrap().unwrap().statement.sequence, 4);
    house.append(1, AT).await;
    ending.cancel();
    running.await.unwrap();
    let last = house.store.last_checkpoint().await.unwrap().unwrap();
    assert_eq!(last.statement.sequence, 5);
    assert_eq!(checkpoints.create().await, Err(Reason::GatewayShuttingDown));
}

#[tokio::test]
async fn full_segments_are_sealed_and_old_ones_leave_the_database_only_with_their_file() {
    let house = House::new();
    house.append(12, AT).await;
    let (mut notary, _) = house.notary(AT + time::Duration::DAY).await;
    notary.keep_house().await;
    assert_eq!(house.files().len(), 2);
    assert_eq!(
        house.store.entries(0, 100).await.unwrap().len(),
        12,
        "too young to go"
    );

    let (mut notary, _) = house.notary(AT + time::Duration::days(31)).await;
    // A file that is not the one that was written: nothing goes.
    let spoilt = &house.files()[0];
    let sound = fs::read(spoilt).unwrap();
    fs::remove_file(spoilt).unwrap();
    fs::write(spoilt, "nonsense").unwrap();
    notary.keep_house().await;
    assert_eq!(house.store.entries(0, 100).await.unwrap().len(), 12);
    fs::write(spoilt, sound).unwrap();
    notary.keep_house().await;
    // The rest, which is as old, was sealed as it was and left too.
    assert_eq!(house.files().len(), 3);
    assert!(house.store.entries(0, 100).await.unwrap().is_empty());

    // The chain goes on, and everything together is one chain.
    house.append(3, AT + time::Duration::days(31)).await;
    let mut head = notary.archive.oldest().await.unwrap().map(|seal| seal.head());
    let end = notary.checkpoint().await.unwrap().unwrap();
    let mut rest = String::new();
    while let Some(page) = notary
        .archive
        .lines(&mut head, end.statement.sequence)
        .await
        .unwrap()
    {
        rest.push_str(&page);
    }
    rest.push_str(&format!("{}\n", end.jws));
    let known = house.examine(&house.files(), &rest).unwrap();
    assert_eq!((known.first_sequence, known.last_sequence), (Some(1), 15));
    let missing = [&house.files()[0], &house.files()[2]];
    assert_eq!(
        house.examine(&missing, &rest),
        Err(Finding::Missing { sequence: 6 })
    );
}

#[tokio::test]
async fn a_crash_between_seal_and_file_is_made_good() {
    let house = House::new();
    house.append(5, AT).await;
    let (notary, _) = house.notary(AT).await;
    let sealed = notary
        .archive
        .seal_next(&notary.instance, &*house.keys, 5, AT, AT)
        .await;
    assert!(sealed.unwrap());
    drop(notary);
    // And once more between file and note: the same file is written again, byte by byte.
    for _ in 0..2 {
        let (notary, _) = house.notary(AT).await;
        let segment = house.store.last_segment().await.unwrap().unwrap();
        let archive = Archive::new(house.store.clone(), house.folder.path().join("audit"));
        drop(notary);
        archive.write_files().await.unwrap();
        let file = &house.files()[0];
        assert!(
            fs::read_to_string(file)
                .unwrap()
                .ends_with(&format!("{}\n", segment.seal.jws))
        );
    }
    assert!(house.examine(&house.files(), "").is_ok());
}
