//! Batches of checks, such as tomorrow's bookings: recorded before anything is asked, and carried on after a restart.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::eligibility::{BatchCheck, BatchState, Booking, Eligibility};
use madoguchi_core::{BatchCheckId, CallerId, Clock, Reason, RequestId};
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Batches that may be open at once.
const MAX_OPEN: u32 = 64;

/// What came of recording a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is new.
    New,
    /// The caller recorded one under this name before.
    Known(Box<BatchCheck>),
}

/// Port: keeps batches. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait BatchStore: Send + Sync + 'static {
    /// Keeps a batch, unless the caller recorded one under this name before or so many are open already; it survives a
    /// restart. Of any number of callers at once no more than that many get in.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] where too many are open; [`Reason::StoreUnavailable`].
    async fn record(&self, batch: BatchCheck, max_open: u32) -> Result<Recorded, Reason>;

    /// Keeps what became of it.
    ///
    /// # Errors
    /// [`Reason::BatchCheckNotFound`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn save(&self, batch: BatchCheck) -> Result<(), Reason>;

    /// A batch by its name.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn find(&self, id: &BatchCheckId) -> Result<Option<BatchCheck>, Reason>;

    /// Those that are not over, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list_open(&self) -> Result<Vec<BatchCheck>, Reason>;

    /// Forgets those that were over before. Returns how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn forget_over_before(&self, before: OffsetDateTime) -> Result<u64, Reason>;
}

/// How patient the batches are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOptions {
    /// How often the service is asked for results.
    pub poll: Duration,
    /// How long a batch may take, outages included.
    pub deadline: Duration,
}

/// The batches of this gateway. Cheap to clone.
#[derive(Clone)]
pub struct Batches {
    store: Arc<dyn BatchStore>,
    eligibility: Arc<dyn Eligibility>,
    clock: Arc<dyn Clock>,
    options: BatchOptions,
    more: Arc<Notify>,
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Batches {
    /// Asks that service for the batches kept there; goes on with those that an earlier process left, and ends with the
    /// token.
    #[must_use]
    pub fn open(
        store: Arc<dyn BatchStore>,
        eligibility: Arc<dyn Eligibility>,
        clock: Arc<dyn Clock>,
        options: BatchOptions,
        ending: CancellationToken,
    ) -> Self {
        let batches = Self {
            store,
            eligibility,
            clock,
            options,
            more: Arc::new(Notify::new()),
        };
        let worker = batches.clone();
        tokio::spawn(async move { ending.run_until_cancelled(worker.work()).await });
        batches
    }

    /// Records a batch; when this returns, it survives a crash. Recorded again under the same name it is the same batch.
    ///
    /// # Errors
    /// [`Reason::RequestIdReused`] where its bookings are others, [`Reason::Overloaded`], [`Reason::StoreUnavailable`].
    pub async fn create(
        &self,
        caller: CallerId,
        request_id: RequestId,
        bookings: Vec<Booking>,
    ) -> Result<BatchCheck, Reason> {
        let now = to_microsecond(self.clock.now());
        let batch = BatchCheck {
            id: BatchCheckId::generate(),
            caller,
            request_id,
            bookings,
            state: BatchState::Accepted,
            ticket: None,
            results: Vec::new(),
            reason: None,
            created_at: now,
            updated_at: now,
        };
        match self.store.record(batch.clone(), MAX_OPEN).await? {
            Recorded::New => {
                self.more.notify_one();
                Ok(batch)
            }
            Recorded::Known(known) if known.bookings == batch.bookings => Ok(*known),
            Recorded::Known(_) => Err(Reason::RequestIdReused),
        }
    }

    /// A batch of that caller.
    ///
    /// # Errors
    /// [`Reason::BatchCheckNotFound`], also where it is somebody else's; [`Reason::StoreUnavailable`].
    pub async fn get(&self, caller: &CallerId, id: &BatchCheckId) -> Result<BatchCheck, Reason> {
        let found = self.store.find(id).await?;
        found
            .filter(|batch| batch.caller == *caller)
            .ok_or(Reason::BatchCheckNotFound)
    }

    async fn work(self) {
        loop {
            match self.store.list_open().await {
                Ok(open) => {
                    for batch in open {
                        // What the others would be told is known.
                        if self.step(batch).await == Stepped::Away {
                            break;
                        }
                    }
                }
                Err(reason) => {
                    tracing::warn!(reason = reason.code(), "open batches cannot be read; tried again")
                }
            }
            tokio::select! {
                () = self.more.notified() => {}
                () = sleep(self.options.poll) => {}
            }
        }
    }

    /// Goes one step on with a batch.
    async fn step(&self, mut batch: BatchCheck) -> Stepped {
        let stepped = match batch.ticket.clone() {
            None => self.eligibility.submit_batch(&batch).await.map(|ticket| {
                batch.ticket = Some(ticket);
                batch.state = BatchState::Running;
                true
            }),
            Some(ticket) => {
                self.eligibility
                    .fetch_batch(&batch, &ticket)
                    .await
                    .map(|results| match results {
                        Some(results) => {
                            batch.results = results;
                            batch.state = BatchState::Done;
                            true
                        }
                        None => false,
                    })
            }
        };
        let outcome = match stepped {
            Err(Reason::EligibilityUnavailable) => Stepped::Away,
            _ => Stepped::There,
        };
        let now = self.clock.now();
        let late = batch.created_at + self.options.deadline <= now;
        let changed = match stepped {
            Ok(changed) if changed || !late => changed,
            Ok(_) => fail(&mut batch, Reason::EligibilityUnavailable),
            // Away, or too much at once: it will be back, while there is time.
            Err(reason) if reason.retry_after().is_some() && !late => {
                tracing::info!(batch = %batch.id, reason = reason.code(), "a batch waits for the eligibility service");
                false
            }
            Err(reason) => fail(&mut batch, reason),
        };
        if !changed {
            return outcome;
        }
        batch.updated_at = to_microsecond(now);
        let goes_on = !batch.state.is_over();
        match self.store.save(batch).await {
            Ok(()) if goes_on => self.more.notify_one(),
            Ok(()) => {}
            // What was not kept is done again: each step may be.
            Err(reason) => tracing::error!(reason = reason.code(), "what became of a batch cannot be kept"),
        }
        outcome
    }
}

/// Whether the service was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stepped {
    There,
    Away,
}

fn fail(batch: &mut BatchCheck, reason: Reason) -> bool {
    batch.state = BatchState::Failed;
    batch.reason = Some(reason);
    true
}

#[cfg(test)]
mod tests;
