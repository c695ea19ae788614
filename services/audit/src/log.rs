//! The audit service: takes events, and knows what to do when they cannot be written.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::audit::{Audit, Event};
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::{Clock, Reason};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use crate::alarm::Alarm;
use crate::keeper::Keeper;
use crate::{EntryStore, Told};

/// What to do when the log cannot be written: the disk is full, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// What cannot be recorded is refused.
    FailClosed,
    /// It goes on; events wait in memory and are written late, and the log says since when, and how many are missing.
    GoOn,
}

/// How the log behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// What to do when it cannot be written.
    pub when_full: WhenFull,
    /// Events that may wait in memory.
    pub max_waiting: u32,
    /// Pause before it is tried again.
    pub retry: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            when_full: WhenFull::FailClosed,
            max_waiting: 10_000,
            retry: Duration::from_secs(5),
        }
    }
}

/// How the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Since when it cannot be written, where it cannot.
    pub failing_since: Option<OffsetDateTime>,
    /// Events that wait in memory.
    pub waiting: u64,
    /// Events of the interruption that will not be in the log.
    pub lost: u64,
}

/// Appends events with the time at which they are told. Cheap to clone.
#[derive(Clone)]
pub struct Log {
    store: Arc<dyn EntryStore>,
    clock: Arc<dyn Clock>,
    when_full: WhenFull,
    alarm: Arc<Alarm>,
    /// None where nobody writes what waits.
    waiting: Option<mpsc::Sender<Told>>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

impl Log {
    /// A log that is kept there. Each event is written before [`Audit::append`] returns.
    #[must_use]
    pub fn new(store: Arc<dyn EntryStore>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            when_full: WhenFull::FailClosed,
            alarm: Arc::default(),
            waiting: None,
        }
    }

    /// A log that also takes events which nobody waits for, and who writes those.
    #[must_use]
    pub fn with_keeper(
        store: Arc<dyn EntryStore>,
        clock: Arc<dyn Clock>,
        options: &Options,
    ) -> (Self, Keeper) {
        let size = usize::try_from(options.max_waiting.max(1)).unwrap_or(usize::MAX);
        let (waiting, told) = mpsc::channel(size);
        let log = Self {
            when_full: options.when_full,
            waiting: Some(waiting),
            ..Self::new(store, clock)
        };
        let keeper = Keeper::new(
            Arc::clone(&log.store),
            Arc::clone(&log.clock),
            Arc::clone(&log.alarm),
            told,
            options.retry,
        );
        (log, keeper)
    }

    /// Takes an event that need not be on disk before its caller goes on: that of a call that changed nothing. A crash
    /// in the next moments takes it along. While the log fails and what cannot be recorded is refused, it waits all the
    /// same: nobody shall read unseen.
    ///
    /// # Errors
    /// As [`Audit::append`].
    pub async fn append_soon(&self, event: Event) -> Result<(), Reason> {
        let refusing = self.when_full == WhenFull::FailClosed && self.alarm.is_on();
        let Some(waiting) = self.waiting.as_ref().filter(|_| !refusing) else {
            return self.append(event).await;
        };
        match waiting.try_send(self.told(event)) {
            Ok(()) => Ok(()),
            // More than the disk takes: whoever goes on now has to wait for it.
            Err(mpsc::error::TrySendError::Full(told) | mpsc::error::TrySendError::Closed(told)) => {
                self.append(told.event).await
            }
        }
    }

    /// Takes the event of something that is over and cannot be refused any more: the end of a stream.
    pub fn note(&self, event: Event) {
        self.keep(self.told(event));
    }

    /// How the log is.
    #[must_use]
    pub fn health(&self) -> Health {
        let waiting = self
            .waiting
            .as_ref()
            .map_or(0, |waiting| waiting.max_capacity() - waiting.capacity());
        Health {
            failing_since: self.alarm.since(),
            waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
            lost: self.alarm.lost(),
        }
    }

    /// Whether it can be written.
    #[must_use]
    pub fn is_well(&self) -> bool {
        !self.alarm.is_on()
    }

    fn now(&self) -> OffsetDateTime {
        // The hash has to be found again from what databases keep.
        to_microsecond(self.clock.now())
    }

    fn told(&self, event: Event) -> Told {
        Told::new(self.now(), event)
    }

    fn keep(&self, told: Told) {
        let at = told.at;
        let kept = self
            .waiting
            .as_ref()
            .is_some_and(|waiting| waiting.try_send(told).is_ok());
        if !kept {
            self.alarm.lose(1);
            self.alarm.raise(at, Reason::Overloaded);
        }
    }
}

#[async_trait]
impl Audit for Log {
    async fn append(&self, event: Event) -> Result<(), Reason> {
        let told = self.told(event);
        let at = told.at;
        if self.when_full == WhenFull::GoOn && self.alarm.is_on() {
            self.keep(told);
            return Ok(());
        }
        let Err(reason) = self.store.append_once(vec![told.clone()]).await else {
            return Ok(());
        };
        if !matches!(reason, Reason::StoreUnavailable | Reason::Overloaded) {
            return Err(reason);
        }
        // Counted first: an alarm that is taken back in between would not tell of it.
        match self.when_full {
            WhenFull::FailClosed => {
                self.alarm.lose(1);
                self.alarm.raise(at, reason);
                Err(reason)
            }
            WhenFull::GoOn => {
                self.keep(told);
                self.alarm.raise(at, reason);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
