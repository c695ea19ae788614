//! A store of resources for tests. Two tables on one store are a process and its successor.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::{CallerId, Reason, RequestId};
use time::OffsetDateTime;

use crate::port::{Ending, Inserted, NewRow, ResourceStore, Row, Update};

/// Resources in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryResources {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    rows: std::sync::Mutex<Vec<NewRow>>,
    broken: AtomicBool,
    ends_broken: AtomicBool,
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    recorded: std::sync::Mutex<Option<Vec<Vec<u8>>>>,
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    beginnings: std::sync::Mutex<Vec<Event>>,
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    endings: std::sync::Mutex<Vec<Ending>>,
}

impl MemoryResources {
    /// From now on every call fails, or works again.
    pub fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// From now on no end is kept, or again.
    pub fn set_ends_broken(&self, broken: bool) {
        self.ends_broken.store(broken, Ordering::SeqCst);
    }

    /// From now on what is kept can be looked at with [`MemoryResources::recorded`].
    pub fn record(&self) {
        *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// The JSON of each state that was kept since it is recorded, oldest first.
    #[must_use]
    pub fn recorded(&self) -> Vec<Vec<u8>> {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.clone().unwrap_or_default()
    }

    /// What auditors were told of beginnings, oldest first.
    #[must_use]
    pub fn beginnings(&self) -> Vec<Event> {
        self.beginnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What came with ends, oldest first.
    #[must_use]
    pub fn endings(&self) -> Vec<Ending> {
        self.endings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<NewRow>) -> T) -> Result<T, Reason> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Reason::StoreUnavailable);
        }
        Ok(work(
            &mut self.rows.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

fn row(kept: &NewRow) -> Row {
    Row {
        id: kept.id.clone(),
        sequence: kept.sequence,
        terminal: kept.terminal,
        body: kept.body.clone(),
    }
}

#[async_trait]
impl ResourceStore for MemoryResources {
    async fn insert(&self, row: NewRow) -> Result<Inserted, Reason> {
        self.with(|rows| {
            let same = |kept: &&NewRow| {
                (kept.kind, &kept.caller, &kept.request_id) == (row.kind, &row.caller, &row.request_id)
            };
            match rows.iter().find(same) {
                Some(kept) => Inserted::Existing {
                    id: kept.id.clone(),
                    fingerprint: kept.fingerprint.clone(),
                },
                None => {
                    let mut beginnings = self.beginnings.lock().unwrap_or_else(PoisonError::into_inner);
                    beginnings.extend(row.beginning.clone());
                    rows.push(row);
                    Inserted::New
                }
            }
        })
    }

    async fn find(
        &self,
        kind: &'static str,
        caller: &CallerId,
        request_id: &RequestId,
    ) -> Result<Option<(String, String)>, Reason> {
        self.with(|rows| {
            let asked = (kind, caller, request_id);
            let made = rows
                .iter()
                .find(|kept| (kept.kind, &kept.caller, &kept.request_id) == asked)?;
            Some((made.id.clone(), made.fingerprint.clone()))
        })
    }

    async fn update(&self, update: Update) -> Result<(), Reason> {
        if update.terminal && self.ends_broken.load(Ordering::SeqCst) {
            return Err(Reason::StoreUnavailable);
        }
        if let Some(recorded) = &mut *self.recorded.lock().unwrap_or_else(PoisonError::into_inner) {
            recorded.push(update.body.clone());
        }
        self.with(|rows| {
            let mut of_kind = rows.iter_mut().filter(|kept| kept.kind == update.kind);
            let kept = of_kind
                .find(|kept| kept.id == update.id)
                .ok_or(Reason::Internal)?;
            if kept.terminal || kept.sequence >= update.sequence {
                return Err(Reason::Internal);
            }
            kept.sequence = update.sequence;
            kept.terminal = update.terminal;
            kept.body = update.body;
            kept.at = update.at;
            let mut endings = self.endings.lock().unwrap_or_else(PoisonError::into_inner);
            endings.extend(update.ending);
            Ok(())
        })?
    }

    async fn get(&self, kind: &'static str, id: &str) -> Result<Option<Row>, Reason> {
        self.with(|rows| {
            rows.iter()
                .find(|kept| kept.kind == kind && kept.id == id)
                .map(row)
        })
    }

    async fn list_open(&self, kind: &'static str) -> Result<Vec<Row>, Reason> {
        self.with(|rows| {
            rows.iter()
                .filter(|kept| kept.kind == kind && !kept.terminal)
                .map(row)
                .collect()
        })
    }

    async fn purge_terminal_before(&self, time: OffsetDateTime) -> Result<u64, Reason> {
        self.with(|rows| {
            let before = rows.len();
            rows.retain(|kept| !kept.terminal || kept.at >= time);
            u64::try_from(before - rows.len()).unwrap_or(u64::MAX)
        })
    }
}
