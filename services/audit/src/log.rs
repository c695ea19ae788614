//! The audit service.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Audit, Event};
use madoguchi_core::{Clock, Reason};

use crate::EntryStore;

/// Appends events with the time at which they are told.
#[derive(Clone)]
pub struct Log {
    store: Arc<dyn EntryStore>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

impl Log {
    /// A log that is kept there.
    #[must_use]
    pub fn new(store: Arc<dyn EntryStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl Audit for Log {
    async fn append(&self, event: Event) -> Result<(), Reason> {
        let now = self.clock.now();
        // Databases keep microseconds, and the hash has to be found again from what they keep.
        let now = now.replace_microsecond(now.microsecond()).unwrap_or(now);
        self.store.append(now, event).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_core::audit::Action;
    use madoguchi_core::clock::FixedClock;
    use time::macros::datetime;

    use super::*;
    use crate::{MemoryEntries, verify_chain};

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::entry_store(&MemoryEntries::default()).await;
    }

    #[tokio::test]
    async fn events_become_a_chain() {
        let store = Arc::new(MemoryEntries::default());
        let clock = FixedClock(datetime!(2026-11-22 09:00:00.123456789 UTC));
        let log = Log::new(Arc::clone(&store) as Arc<dyn EntryStore>, Arc::new(clock));
        for action in [Action::CheckInStarted, Action::PinVerified, Action::CheckInEnded] {
            log.append(Event::new(action)).await.unwrap();
        }
        let entries = store.entries(0, 10).await.unwrap();
        assert_eq!(
            entries.iter().map(|entry| entry.event.action).collect::<Vec<_>>(),
            [Action::CheckInStarted, Action::PinVerified, Action::CheckInEnded]
        );
        assert_eq!(entries[0].recorded_at, datetime!(2026-11-22 09:00:00.123456 UTC));
        assert!(verify_chain(None, &entries).is_ok());
    }
}
