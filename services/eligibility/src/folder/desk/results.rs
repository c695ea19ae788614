//! The results at the desk: those that belong to nobody yet.

use std::time::Duration;

use madoguchi_core::ResultId;
use time::OffsetDateTime;

use super::super::StoredResult;
use super::super::matching::Loose;

/// Results that may wait at once.
const MAX: usize = 10_000;

pub(super) struct Waiting {
    pub(super) result: StoredResult,
    /// When the terminal made it; none where nothing says so.
    at: Option<OffsetDateTime>,
}

/// All of them, oldest first.
pub(super) struct Results {
    all: Vec<Waiting>,
    max_age: Duration,
}

impl Results {
    /// With those that an earlier process found. When the terminal made them, only they themselves say now.
    pub(super) fn new(kept: Vec<StoredResult>, max_age: Duration) -> Self {
        let mut results = Self {
            all: Vec::new(),
            max_age,
        };
        for result in kept {
            let at = result.record.processing.executed_at;
            results.push(result, at);
        }
        results
    }

    pub(super) fn push(&mut self, result: StoredResult, at: Option<OffsetDateTime>) {
        if self.all.len() >= MAX {
            tracing::warn!("too many results wait for staff: the oldest is not listed any more");
            self.all.remove(0);
        }
        // A clock that is ahead makes nothing newer than it is.
        let at = at.map(|at| at.min(result.found_at));
        self.all.push(Waiting { result, at });
    }

    pub(super) fn remove(&mut self, id: &ResultId) {
        self.all.retain(|waiting| waiting.result.id != *id);
    }

    /// Drops what is too old for anybody at the counter; it can still be given by its name while the store has it.
    pub(super) fn tidy(&mut self, now: OffsetDateTime) {
        let max_age = self.max_age;
        self.all.retain(|waiting| now < waiting.result.found_at + max_age);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &StoredResult> {
        self.all.iter().map(|waiting| &waiting.result)
    }

    /// For the judgement.
    pub(super) fn loose(&self) -> Vec<Loose<'_>> {
        let loose = self.all.iter().map(|waiting| Loose {
            at: waiting.at,
            found_at: waiting.result.found_at,
            record: &waiting.result.record,
        });
        loose.collect()
    }
}
