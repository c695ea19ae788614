//! A log for tests.

use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::Reason;
use madoguchi_core::audit::{Entry, Event};
use time::OffsetDateTime;

use crate::{EntryStore, Head, link};

/// Entries in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryEntries {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    entries: std::sync::Mutex<Vec<Entry>>,
}

#[async_trait]
impl EntryStore for MemoryEntries {
    async fn append(&self, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = link(entries.last().map(Head::of).as_ref(), recorded_at, event)?;
        entries.push(entry.clone());
        Ok(entry)
    }

    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, Reason> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let later = entries.iter().filter(|entry| entry.sequence > after);
        Ok(later
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }
}
