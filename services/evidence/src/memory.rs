//! A store of evidence for tests.

use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::evidence::Evidence;
use madoguchi_core::{CheckInId, Reason};

use crate::EvidenceStore;

/// Evidence in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryEvidence {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one line and never across an await"
    )]
    kept: std::sync::Mutex<Vec<Evidence>>,
}

impl MemoryEvidence {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Evidence>) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl MemoryEvidence {
    /// Keeps evidence, as the end of its visit does.
    pub fn put(&self, evidence: Evidence) {
        self.with(|kept| kept.push(evidence));
    }
}

#[async_trait]
impl EvidenceStore for MemoryEvidence {
    async fn get(&self, check_in_id: &CheckInId) -> Result<Option<Evidence>, Reason> {
        Ok(self.with(|kept| kept.iter().find(|one| one.check_in_id == *check_in_id).cloned()))
    }
}
