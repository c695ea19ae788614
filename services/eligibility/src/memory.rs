//! Stores for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::eligibility::Challenge;
use madoguchi_core::{ChallengeId, Reason};
use time::OffsetDateTime;

use crate::{ChallengeStore, RegistrationStore};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::challenge_store(&MemoryChallenges::default()).await;
        crate::contract::registration_store(&MemoryRegistrations::default()).await;
    }
}
