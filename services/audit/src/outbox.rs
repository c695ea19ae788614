//! Carries events from the database of what they tell of into an audit log that has a database of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::Reason;
use madoguchi_core::audit::Event;
use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::EntryStore;

/// How often it is looked whether something is to be carried.
const INTERVAL: Duration = Duration::from_millis(250);
/// Entries at the end of the chain among which an event is looked for that an earlier process may have carried.
const TAIL: u32 = 10_000;

/// Port: events that are on disk and not in the log yet, in their order.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// The oldest, with its number.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn next(&self) -> Result<Option<(u64, OffsetDateTime, Event)>, Reason>;

    /// It is in the log now.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn remove(&self, number: u64) -> Result<(), Reason>;
}

/// Carries them, each once.
pub struct Carrier {
    outbox: Arc<dyn Outbox>,
    log: Arc<dyn EntryStore>,
}

impl std::fmt::Debug for Carrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carrier").finish_non_exhaustive()
    }
}

impl Carrier {
    /// Carries what an earlier process left, so that the log is whole before anything is served.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    pub async fn open(outbox: Arc<dyn Outbox>, log: Arc<dyn EntryStore>) -> Result<Self, Reason> {
        let carrier = Self { outbox, log };
        // A process that was killed may have carried the oldest, and that alone, without removing it.
        if let Some((number, at, event)) = carrier.outbox.next().await?
            && carrier.is_carried(at, &event).await?
        {
            carrier.outbox.remove(number).await?;
        }
        carrier.carry().await?;
        Ok(carrier)
    }

    async fn is_carried(&self, at: OffsetDateTime, event: &Event) -> Result<bool, Reason> {
        let head = self.log.head().await?.map_or(0, |head| head.sequence);
        let tail = self.log.entries(head.saturating_sub(TAIL.into()), TAIL).await?;
        Ok(tail
            .iter()
            .any(|entry| entry.recorded_at == at && entry.event == *event))
    }

    async fn carry(&self) -> Result<(), Reason> {
        while let Some((number, at, event)) = self.outbox.next().await? {
            self.log.append(at, event).await?;
            self.outbox.remove(number).await?;
        }
        Ok(())
    }

    /// Carries until the token says that the gateway shuts down, and once more then.
    pub async fn run(self, ending: CancellationToken) {
        loop {
            if let Err(reason) = self.carry().await {
                tracing::warn!(
                    reason = reason.code(),
                    "events wait to be carried into the audit log"
                );
            }
            if ending.is_cancelled() {
                return;
            }
            let _ = ending.run_until_cancelled(sleep(INTERVAL)).await;
        }
    }
}
