//! A store for tests.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::reader::OutOfService;
use madoguchi_core::{ReaderId, Reason};

use crate::ServiceStore;

/// Words in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryService {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    words: std::sync::Mutex<BTreeMap<ReaderId, OutOfService>>,
}

impl MemoryService {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<ReaderId, OutOfService>) -> T) -> T {
        work(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ServiceStore for MemoryService {
    async fn take_out(&self, id: &ReaderId, word: OutOfService) -> Result<(), Reason> {
        self.with(|words| words.insert(id.clone(), word));
        Ok(())
    }

    async fn put_back(&self, id: &ReaderId) -> Result<bool, Reason> {
        Ok(self.with(|words| words.remove(id).is_some()))
    }

    async fn out_of_service(&self) -> Result<Vec<(ReaderId, OutOfService)>, Reason> {
        Ok(self.with(|words| words.clone().into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::service_store(&MemoryService::default()).await;
    }
}
