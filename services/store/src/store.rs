//! The handle of the database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::job::{self, Job};
use crate::outbox::Audit;
use crate::value::microseconds;
use crate::writer::{Counts, Journal, Message, Writer};
use crate::{Error, pragma, reader, schema};

/// Bounds of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Jobs that may wait, for reading and for writing each.
    pub max_waiting: u32,
    /// Jobs that go into one commit at most.
    pub max_batch: u32,
    /// Milliseconds that a caller waits at most.
    pub deadline_ms: u32,
    /// Whether the audit chain is in another database: what is to be told of ends then waits in an outbox.
    pub audit_elsewhere: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_waiting: 1_024,
            max_batch: 256,
            deadline_ms: 10_000,
            audit_elsewhere: false,
        }
    }
}

/// What the store did since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Jobs that wrote or tried to.
    pub write_jobs: u64,
    /// Transactions that they went into.
    pub commits: u64,
}

/// A database. Cheap to clone; the file is closed with [`Store::close`] or with the last handle.
#[derive(Clone)]
pub struct Store {
    writes: mpsc::Sender<Message>,
    reads: mpsc::Sender<Box<dyn Job>>,
    counts: Arc<Counts>,
    journal: Journal,
    deadline: Duration,
    audit: Audit,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database with the usual bounds, making it where there is none.
    ///
    /// # Errors
    /// [`Error::Unopenable`], [`Error::InUse`], [`Error::Newer`], [`Error::Sqlite`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, &Options::default())
    }

    /// Opens the database with these bounds.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(path: &Path, options: &Options) -> Result<Self, Error> {
        let lock = pragma::lock(path)?;
        pragma::create(path)?;
        let mut connection = pragma::writer(path)?;
        schema::migrate(&mut connection)?;
        // What an earlier process deleted, perhaps right before it was killed, goes out of its journal too.
        pragma::empty_journal(&connection)?;
        let reading = pragma::reader(path)?;

        let size = |bound: u32| usize::try_from(bound.max(1)).unwrap_or(usize::MAX);
        let (writes, messages) = mpsc::channel(size(options.max_waiting));
        let (reads, jobs) = mpsc::channel(size(options.max_waiting));
        let counts = Arc::<Counts>::default();
        let max_batch = size(options.max_batch);
        let writer = Writer {
            connection,
            messages,
            max_batch,
            counts: Arc::clone(&counts),
            lock,
        };
        spawn(path, "store-writer", move || writer.run())?;
        spawn(path, "store-reader", move || reader::run(&reading, jobs))?;
        Ok(Self {
            writes,
            reads,
            counts,
            journal: Journal::default(),
            deadline: Duration::from_millis(options.deadline_ms.into()),
            audit: match options.audit_elsewhere {
                false => Audit::Here,
                true => Audit::Elsewhere,
            },
        })
    }

    /// What it did so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            write_jobs: self.counts.jobs.load(Ordering::Relaxed),
            commits: self.counts.commits.load(Ordering::Relaxed),
        }
    }

    /// Jobs that wait to be written.
    #[must_use]
    pub fn waiting_writes(&self) -> usize {
        self.writes.max_capacity() - self.writes.capacity()
    }

    /// Writes what waits, then closes the file; later calls get [`Error::Closed`].
    ///
    /// # Errors
    /// [`Error::Deadline`]; [`Error::Closed`] where it was closed before.
    pub async fn close(&self) -> Result<(), Error> {
        let (closed, wait) = oneshot::channel();
        let closing = async {
            self.writes
                .send(Message::Close(closed))
                .await
                .map_err(|_| Error::Closed)?;
            wait.await.map_err(|_| Error::Closed)
        };
        timeout(self.deadline, closing)
            .await
            .map_err(|_| Error::Deadline)?
    }

    /// Where the audit chain is.
    pub(crate) const fn audit(&self) -> Audit {
        self.audit
    }

    /// What the journal still holds.
    pub(crate) fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// Empties the journal where it holds what was deleted; where that does not go now, the next call tries again.
    pub(crate) async fn forget_journal(&self) -> Result<(), Error> {
        if !self.journal.take() {
            return Ok(());
        }
        let (emptied, result) = oneshot::channel();
        let outcome = self
            .ask(&self.writes, Message::EmptyJournal(emptied), result)
            .await;
        if !matches!(outcome, Ok(true)) {
            self.journal.remembers();
        }
        outcome.map(|_| ())
    }

    /// Runs a statement that takes out what is older than a moment, and says how many rows that were. What it took out
    /// leaves the journal too.
    pub(crate) async fn forget(&self, sql: &'static str, before: OffsetDateTime) -> Result<u64, Error> {
        let journal = self.journal();
        let before = microseconds(before);
        let gone = self.write(move |connection| {
            let gone = connection.prepare_cached(sql)?.execute([before])?;
            if gone > 0 {
                journal.remembers();
            }
            Ok(u64::try_from(gone).unwrap_or(u64::MAX))
        });
        let gone = gone.await?;
        self.forget_journal().await?;
        Ok(gone)
    }

    /// Runs a job on the writing connection; when it returns `Ok`, it is on disk.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (job, result) = job::new(work);
        self.ask(&self.writes, Message::Work(job), result).await
    }

    /// Runs a job on a reading connection.
    pub(crate) async fn read<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        if self.writes.is_closed() {
            return Err(Error::Closed);
        }
        let (job, result) = job::new(work);
        self.ask(&self.reads, job, result).await
    }

    async fn ask<M, T>(
        &self,
        queue: &mpsc::Sender<M>,
        message: M,
        result: oneshot::Receiver<Result<T, Error>>,
    ) -> Result<T, Error> {
        let started = tokio::time::Instant::now();
        let place = timeout(self.deadline, queue.reserve())
            .await
            .map_err(|_| Error::Overloaded)?;
        place.map_err(|_| Error::Closed)?.send(message);
        let left = self.deadline.saturating_sub(started.elapsed());
        timeout(left, result)
            .await
            .map_err(|_| Error::Deadline)?
            .map_err(|_| Error::Closed)?
    }
}

fn spawn(path: &Path, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    // Not joined: the threads end with the queues, and close() waits for the writer.
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(|_| ()).map_err(|source| Error::Unopenable {
        path: path.to_owned(),
        source: Arc::new(source),
    })
}

/// A store in a folder of its own that goes when this is dropped.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
pub struct Temporary {
    /// The store.
    pub store: Store,
    folder: tempfile::TempDir,
}

#[cfg(any(test, feature = "test-util"))]
impl Temporary {
    /// An empty store.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn new() -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::Unopenable {
            path: std::env::temp_dir(),
            source: Arc::new(source),
        })?;
        Ok(Self {
            store: Store::open(&folder.path().join("madoguchi.db"))?,
            folder,
        })
    }

    /// The database's file.
    #[must_use]
    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("madoguchi.db")
    }
}
