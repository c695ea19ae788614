//! A log for tests.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::{Entry, Event};
use madoguchi_core::{EventId, InstanceId, Reason};
use time::OffsetDateTime;

use crate::{ChainStore, Checkpoint, EntryStore, Head, Segment, Told, link};

#[derive(Debug, Default)]
struct Kept {
    entries: Vec<Entry>,
    head: Option<Head>,
    instance: Option<InstanceId>,
    checkpoints: Vec<Checkpoint>,
    segments: Vec<Segment>,
    told: BTreeSet<EventId>,
    full: bool,
    mute: bool,
}

/// Entries in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryEntries {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Kept>,
}

impl MemoryEntries {
    /// Whether nothing more can be written, as on a full disk.
    pub fn set_full(&self, full: bool) {
        self.with(|kept| kept.full = full);
    }

    /// Whether what is written is not acknowledged, as where the commit comes after the deadline.
    pub fn set_mute(&self, mute: bool) {
        self.with(|kept| kept.mute = mute);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, work: impl FnOnce(&mut Kept) -> Result<T, Reason>) -> Result<T, Reason> {
        self.with(|kept| {
            if kept.full {
                return Err(Reason::StoreUnavailable);
            }
            let done = work(kept)?;
            if kept.mute {
                return Err(Reason::StoreUnavailable);
            }
            Ok(done)
        })
    }
}

fn append(kept: &mut Kept, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason> {
    let entry = link(kept.head.as_ref(), recorded_at, event)?;
    kept.head = Some(Head::of(&entry));
    kept.entries.push(entry.clone());
    Ok(entry)
}

fn state(kept: &mut Kept, checkpoint: Checkpoint) {
    kept.checkpoints.push(checkpoint);
    // Of one entry they stay as they came.
    kept.checkpoints.sort_by_key(|one| one.statement.sequence);
}

fn page<T: Clone>(all: &[T], limit: u32, wanted: impl Fn(&T) -> bool) -> Vec<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    all.iter()
        .filter(|one| wanted(one))
        .take(limit)
        .cloned()
        .collect()
}

#[async_trait]
impl EntryStore for MemoryEntries {
    async fn append(&self, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason> {
        self.write(|kept| append(kept, recorded_at, event))
    }

    async fn append_once(&self, all: Vec<Told>) -> Result<(), Reason> {
        self.write(|kept| {
            for Told { id, at, event } in all {
                if kept.told.insert(id) {
                    append(kept, at, event)?;
                }
            }
            Ok(())
        })
    }

    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, Reason> {
        Ok(self.with(|kept| page(&kept.entries, limit, |entry| entry.sequence > after)))
    }

    async fn head(&self) -> Result<Option<Head>, Reason> {
        Ok(self.with(|kept| kept.head.clone()))
    }
}

#[async_trait]
impl ChainStore for MemoryEntries {
    async fn instance(&self, new: InstanceId) -> Result<InstanceId, Reason> {
        self.write(|kept| Ok(kept.instance.get_or_insert(new).clone()))
    }

    async fn keep_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), Reason> {
        self.write(|kept| {
            state(kept, checkpoint);
            Ok(())
        })
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<Checkpoint>, Reason> {
        Ok(self.with(|kept| {
            let found = page(&kept.checkpoints, limit, |one| one.statement.sequence > after);
            let last = found.last().map_or(0, |last| last.statement.sequence);
            page(&kept.checkpoints, u32::MAX, |one| {
                (after + 1..=last).contains(&one.statement.sequence)
            })
        }))
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, Reason> {
        Ok(self.with(|kept| kept.checkpoints.last().cloned()))
    }

    async fn seal(&self, segment: Segment) -> Result<(), Reason> {
        self.write(|kept| {
            let before = kept.segments.last();
            let follows = segment.number == before.map_or(0, |one| one.number) + 1
                && segment.previous == before.map(|one| one.seal.head());
            if !follows {
                return Err(Reason::Internal);
            }
            state(kept, segment.seal.clone());
            kept.segments.push(segment);
            Ok(())
        })
    }

    async fn segments(&self, after: u64, limit: u32) -> Result<Vec<Segment>, Reason> {
        Ok(self.with(|kept| page(&kept.segments, limit, |segment| segment.number > after)))
    }

    async fn last_segment(&self) -> Result<Option<Segment>, Reason> {
        Ok(self.with(|kept| kept.segments.last().cloned()))
    }

    async fn note_file(&self, number: u64, sha256: String) -> Result<(), Reason> {
        self.write(|kept| {
            let found = kept.segments.iter_mut().find(|segment| segment.number == number);
            if let Some(segment) = found {
                segment.file_sha256.get_or_insert(sha256);
            }
            Ok(())
        })
    }

    async fn forget(&self, number: u64) -> Result<u64, Reason> {
        self.write(|kept| {
            let found = kept.segments.iter_mut().find(|segment| segment.number == number);
            let Some(segment) = found.filter(|segment| segment.file_sha256.is_some()) else {
                return Ok(0);
            };
            segment.forgotten = true;
            let (after, last) = (segment.after(), segment.last());
            let before = kept.entries.len();
            kept.entries
                .retain(|entry| !(after < entry.sequence && entry.sequence <= last));
            Ok(u64::try_from(before - kept.entries.len()).unwrap_or(u64::MAX))
        })
    }
}
