//! Carries events from the database of what they tell of into an audit log that has a database of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::Reason;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{EntryStore, Told};

/// How often it is looked whether something is to be carried.
const INTERVAL: Duration = Duration::from_millis(250);

/// Port: events that are on disk and not in the log yet, in their order.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// The oldest, with its number.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn next(&self) -> Result<Option<(u64, Told)>, Reason>;

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
        carrier.carry().await?;
        Ok(carrier)
    }

    async fn carry(&self) -> Result<(), Reason> {
        while let Some((number, told)) = self.outbox.next().await? {
            // The log may have it already: of an earlier process, or of an attempt that was not answered in time.
            self.log.append_once(vec![told]).await?;
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

#[cfg(test)]
mod tests;
