//! A store of receipts for tests.

use std::sync::PoisonError;

use async_trait::async_trait;
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
    receipts: std::sync::Mutex<Vec<Receipt>>,
}

impl MemoryReceipts {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Receipt>) -> T) -> T {
        work(&mut self.receipts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ReceiptStore for MemoryReceipts {
    async fn insert(&self, receipt: Receipt) -> Result<Receipt, Reason> {
        Ok(self.with(|receipts| {
            let earlier = receipts
                .iter()
                .find(|kept| kept.check_in_id == receipt.check_in_id)
                .cloned();
            earlier.unwrap_or_else(|| {
                receipts.push(receipt.clone());
                receipt
            })
        }))
    }

    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason> {
        Ok(self.with(|receipts| receipts.iter().find(|kept| kept.id == *id).cloned()))
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        Ok(self.with(|receipts| {
            receipts
                .iter()
                .filter(|kept| kept.check_in_id == *check_in_id)
                .cloned()
                .collect()
        }))
    }
}
