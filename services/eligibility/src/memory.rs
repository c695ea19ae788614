//! Stores for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::eligibility::{BatchCheck, Challenge};
use madoguchi_core::{BatchCheckId, ChallengeId, CheckInId, Reason, ResultId};
use time::OffsetDateTime;

use crate::folder::{ResultStore, StoredResult};
use crate::{BatchStore, ChallengeStore, Recorded, RegistrationStore};

/// Challenges in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryChallenges {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    open: std::sync::Mutex<BTreeMap<ChallengeId, Challenge>>,
}

#[async_trait]
impl ChallengeStore for MemoryChallenges {
    async fn put(&self, challenge: Challenge, now: OffsetDateTime, max_open: u32) -> Result<(), Reason> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, challenge| challenge.expires_at > now);
        if open.len() >= usize::try_from(max_open).unwrap_or(usize::MAX) {
            return Err(Reason::Overloaded);
        }
        open.insert(challenge.id.clone(), challenge);
        Ok(())
    }

    async fn take(&self, id: &ChallengeId) -> Result<Option<Challenge>, Reason> {
        Ok(self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id))
    }
}

/// Registrations in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryRegistrations {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    registered: std::sync::Mutex<BTreeSet<String>>,
}

#[async_trait]
impl RegistrationStore for MemoryRegistrations {
    async fn register(&self, spki_sha256: &str, _: OffsetDateTime) -> Result<(), Reason> {
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        registered.insert(spki_sha256.to_owned());
        Ok(())
    }

    async fn is_registered(&self, spki_sha256: &str) -> Result<bool, Reason> {
        let registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(registered.contains(spki_sha256))
    }
}

/// Results in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryResults {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Vec<Kept>>,
    /// When an earlier process had its last visit, where a test says that it had one.
    pub last_visit_at: std::sync::OnceLock<OffsetDateTime>,
}

#[derive(Debug)]
struct Kept {
    result: StoredResult,
    given_to: Option<CheckInId>,
    forgotten: bool,
}

#[async_trait]
impl ResultStore for MemoryResults {
    async fn keep(&self, result: StoredResult) -> Result<bool, Reason> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().any(|kept| kept.result.id == result.id) {
            return Ok(false);
        }
        all.push(Kept {
            result,
            given_to: None,
            forgotten: false,
        });
        Ok(true)
    }

    async fn waiting(&self) -> Result<Vec<StoredResult>, Reason> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = all
            .iter()
            .filter(|kept| kept.given_to.is_none() && !kept.forgotten);
        let mut waiting: Vec<_> = waiting.map(|kept| kept.result.clone()).collect();
        waiting.sort_by_key(|result| (result.found_at, result.id.clone()));
        Ok(waiting)
    }

    async fn last_visit_at(&self) -> Result<Option<OffsetDateTime>, Reason> {
        Ok(self.last_visit_at.get().copied())
    }

    async fn give(&self, id: &ResultId, visit: &CheckInId) -> Result<Option<StoredResult>, Reason> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let free = |kept: &&mut Kept| {
            kept.result.id == *id && !kept.forgotten && kept.given_to.as_ref().is_none_or(|to| to == visit)
        };
        Ok(all.iter_mut().find(free).map(|kept| {
            kept.given_to = Some(visit.clone());
            kept.result.clone()
        }))
    }

    async fn given_to(&self, visit: &CheckInId) -> Result<Option<StoredResult>, Reason> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let given = all
            .iter()
            .filter(|kept| kept.given_to.as_ref() == Some(visit) && !kept.forgotten);
        Ok(given
            .max_by_key(|kept| kept.result.found_at)
            .map(|kept| kept.result.clone()))
    }

    async fn forget_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let old = all
            .iter_mut()
            .filter(|kept| kept.result.found_at < before && !kept.forgotten);
        Ok(old.map(|kept| kept.forgotten = true).count() as u64)
    }
}

/// Batches in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryBatches {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Vec<BatchCheck>>,
}

#[async_trait]
impl BatchStore for MemoryBatches {
    async fn record(&self, batch: BatchCheck, max_open: u32) -> Result<Recorded, Reason> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |kept: &&BatchCheck| kept.caller == batch.caller && kept.request_id == batch.request_id;
        if let Some(known) = all.iter().find(same) {
            return Ok(Recorded::Known(Box::new(known.clone())));
        }
        let open = all.iter().filter(|kept| !kept.state.is_over()).count();
        if open >= usize::try_from(max_open).unwrap_or(usize::MAX) {
            return Err(Reason::Overloaded);
        }
        all.push(batch);
        Ok(Recorded::New)
    }

    async fn save(&self, batch: BatchCheck) -> Result<(), Reason> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter_mut().find(|kept| kept.id == batch.id);
        *kept.ok_or(Reason::BatchCheckNotFound)? = batch;
        Ok(())
    }

    async fn find(&self, id: &BatchCheckId) -> Result<Option<BatchCheck>, Reason> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.iter().find(|kept| kept.id == *id).cloned())
    }

    async fn list_open(&self) -> Result<Vec<BatchCheck>, Reason> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.iter().filter(|kept| !kept.state.is_over()).cloned().collect())
    }

    async fn forget_over_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.len();
        all.retain(|kept| !kept.state.is_over() || kept.updated_at >= before);
        Ok((count - all.len()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::challenge_store(&MemoryChallenges::default()).await;
        crate::contract::registration_store(&MemoryRegistrations::default()).await;
        crate::contract::result_store(&MemoryResults::default()).await;
        crate::contract::batch_store(&MemoryBatches::default()).await;
    }
}
