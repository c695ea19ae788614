//! A store of receipts for tests.

use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::consent::Receipt;
use madoguchi_core::{CheckInId, Reason, ReceiptId};

use crate::ReceiptStore;

/// Receipts in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryReceipts {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one line and never across an await"
    )]
    kept: std::sync::Mutex<Vec<(Receipt, Event)>>,
}

impl MemoryReceipts {
    /// What auditors were told of receipts, oldest first.
    #[must_use]
    pub fn told(&self) -> Vec<Event> {
        self.with(|kept| kept.iter().map(|(_, told)| told.clone()).collect())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<(Receipt, Event)>) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ReceiptStore for MemoryReceipts {
    async fn insert(&self, receipt: Receipt, told: Event) -> Result<Receipt, Reason> {
        Ok(self.with(|kept| {
            let mut receipts = kept.iter().map(|(receipt, _)| receipt);
            let earlier = receipts
                .find(|earlier| earlier.check_in_id == receipt.check_in_id)
                .cloned();
            earlier.unwrap_or_else(|| {
                kept.push((receipt.clone(), told));
                receipt
            })
        }))
    }

    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason> {
        Ok(self.with(|kept| {
            let mut receipts = kept.iter().map(|(receipt, _)| receipt);
            receipts.find(|receipt| receipt.id == *id).cloned()
        }))
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        Ok(self.with(|kept| {
            kept.iter()
                .map(|(receipt, _)| receipt)
                .filter(|receipt| receipt.check_in_id == *check_in_id)
                .cloned()
                .collect()
        }))
    }
}
