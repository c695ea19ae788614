//! Writes what waits: events that nobody waits for, and those of a time in which the log could not be written.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::audit::{Action, Event, Interruption};
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::{Clock, Reason};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::alarm::Alarm;
use crate::{EntryStore, Told};

/// Events that go into one transaction at most.
const BATCH: usize = 256;

/// See the module.
pub struct Keeper {
    store: Arc<dyn EntryStore>,
    clock: Arc<dyn Clock>,
    alarm: Arc<Alarm>,
    told: mpsc::Receiver<Told>,
    retry: Duration,
    batch: Vec<Told>,
    /// The word about an interruption that was written and not acknowledged: it is the same until it is.
    word: Option<(Told, Interruption)>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

impl Keeper {
    pub(crate) fn new(
        store: Arc<dyn EntryStore>,
        clock: Arc<dyn Clock>,
        alarm: Arc<Alarm>,
        told: mpsc::Receiver<Told>,
        retry: Duration,
    ) -> Self {
        Self {
            store,
            clock,
            alarm,
            told,
            retry,
            batch: Vec::new(),
            word: None,
        }
    }

    /// Writes until the token says that nothing more comes; then what is there is tried once more.
    pub async fn run(mut self, ending: CancellationToken) {
        while !ending.is_cancelled() {
            if self.batch.is_empty() && !self.alarm.is_on() {
                tokio::select! {
                    () = ending.cancelled() => break,
                    told = self.told.recv() => match told {
                        Some(told) => self.batch.push(told),
                        None => break,
                    },
                    // The alarm is raised by others.
                    () = sleep(self.retry) => continue,
                }
            }
            if self.write().await.is_err() {
                tokio::select! {
                    () = ending.cancelled() => break,
                    () = sleep(self.retry) => {}
                }
            }
        }
        while self.left() && self.write().await.is_ok() {}
        if self.left() {
            let count = self.batch.len() + self.told.len();
            tracing::error!(
                count,
                "events could not be written to the audit log before the end"
            );
        }
    }

    fn left(&self) -> bool {
        !self.batch.is_empty() || !self.told.is_empty() || self.alarm.is_on()
    }

    /// Writes a batch, behind a word about the interruption where there is one.
    async fn write(&mut self) -> Result<(), Reason> {
        while self.batch.len() < BATCH
            && let Ok(told) = self.told.try_recv()
        {
            self.batch.push(told);
        }
        let now = self.now();
        let waiting = self.batch.len() + self.told.len();
        let late = u64::try_from(waiting).unwrap_or(u64::MAX);
        if let Some(interruption) = self.alarm.interruption(now, late) {
            self.say(now, interruption);
        }
        let word = self.word.iter().map(|(told, _)| told.clone());
        let events: Vec<_> = word.chain(self.batch.iter().cloned()).collect();
        if events.is_empty() {
            return Ok(());
        }
        match self.store.append_once(events).await {
            Ok(()) => {
                self.batch.clear();
                if let Some((_, interruption)) = self.word.take() {
                    self.alarm.told(&interruption);
                }
                Ok(())
            }
            Err(reason) => {
                self.alarm.raise(now, reason);
                Err(reason)
            }
        }
    }

    /// Makes the word about an interruption. One that was written and not acknowledged keeps its name, so that it cannot
    /// stand twice; where more was lost since, it keeps what it says, and another word will tell of that.
    fn say(&mut self, now: OffsetDateTime, interruption: Interruption) {
        let event = Event {
            interruption: Some(interruption.clone()),
            ..Event::new(Action::LogInterrupted)
        };
        match &mut self.word {
            Some((_, before)) if before.lost != interruption.lost => {}
            Some((told, before)) => {
                (told.at, told.event, *before) = (now, event, interruption);
            }
            none => *none = Some((Told::new(now, event), interruption)),
        }
    }

    fn now(&self) -> OffsetDateTime {
        to_microsecond(self.clock.now())
    }
}
