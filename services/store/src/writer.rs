//! The one thread that writes: all that waits goes into one commit.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::job::Job;
use crate::{Error, pragma};

/// What the writer is told.
pub(crate) enum Message {
    /// Do this.
    Work(Box<dyn Job>),
    /// Empty the journal once what waits is done, and say whether that went.
    EmptyJournal(oneshot::Sender<Result<bool, Error>>),
    /// Do what waits, then close the file.
    Close(oneshot::Sender<()>),
}

/// Whether the journal still holds what was deleted from the database. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<AtomicBool>);

impl Journal {
    /// Something was deleted that the journal still holds.
    pub(crate) fn remembers(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it does; from now on it does not.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

/// What the writer counts.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) jobs: AtomicU64,
    pub(crate) commits: AtomicU64,
}

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) messages: mpsc::Receiver<Message>,
    pub(crate) max_batch: usize,
    pub(crate) counts: Arc<Counts>,
    /// Held as long as the connection is.
    pub(crate) lock: File,
}

impl Writer {
    /// Writes until the store is closed or its last handle is gone.
    pub(crate) fn run(mut self) {
        let mut close = None;
        while close.is_none() {
            let Some(mut message) = self.messages.blocking_recv() else {
                break;
            };
            let (mut batch, mut empty) = (Vec::new(), None);
            loop {
                match message {
                    Message::Work(job) => batch.push(job),
                    Message::EmptyJournal(emptied) => empty = Some(emptied),
                    Message::Close(closed) => close = Some(closed),
                }
                if empty.is_some() || close.is_some() || batch.len() >= self.max_batch {
                    break;
                }
                let Ok(next) = self.messages.try_recv() else { break };
                message = next;
            }
            self.commit(batch);
            if let Some(emptied) = empty {
                // Where nobody waits for it any more, nobody has to be told.
                let _ = emptied.send(pragma::empty_journal(&self.connection));
            }
        }
        if let Err(error) = pragma::empty_journal(&self.connection) {
            tracing::warn!(%error, "the journal stays beside the database; it is read at the next start");
        }
        let Self { connection, lock, .. } = self;
        drop(connection);
        drop(lock);
        if let Some(closed) = close {
            // Where nobody waits for it any more, nobody has to be told.
            let _ = closed.send(());
        }
    }

    fn commit(&self, mut batch: Vec<Box<dyn Job>>) {
        if batch.is_empty() {
            return;
        }
        let kept = self.transaction(&mut batch);
        if kept.is_err() && !self.connection.is_autocommit() {
            // Without it every later BEGIN would fail.
            if let Err(error) = self.execute("ROLLBACK") {
                tracing::error!(%error, "a failed transaction cannot be undone");
            }
        }
        self.counts
            .jobs
            .fetch_add(u64::try_from(batch.len()).unwrap_or_default(), Ordering::Relaxed);
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        for job in batch {
            job.answer(kept.clone());
        }
    }

    /// All jobs or none; a job that fails by itself takes only its own work back.
    fn transaction(&self, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
        self.execute("BEGIN IMMEDIATE")?;
        for job in batch {
            self.execute("SAVEPOINT job")?;
            if !job.run(&self.connection) && !self.connection.is_autocommit() {
                self.execute("ROLLBACK TO job")?;
            }
            // Where SQLite itself ended the transaction (disk full, I/O error), this fails and so does the batch.
            self.execute("RELEASE job")?;
        }
        self.execute("COMMIT")
    }

    fn execute(&self, sql: &str) -> Result<(), Error> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
