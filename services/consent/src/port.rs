//! What the consent service needs of a database.

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::consent::Receipt;
use madoguchi_core::{CheckInId, Reason, ReceiptId};

/// Port: keeps receipts for ever. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait ReceiptStore: Send + Sync + 'static {
    /// Keeps a receipt, unless its visit has one already: then that one is returned and nothing changes. What auditors
    /// are told of it is appended to the audit chain in the same transaction, at the receipt's time. When it returns,
    /// both survive a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn insert(&self, receipt: Receipt, told: Event) -> Result<Receipt, Reason>;

    /// The receipt of that name.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason>;

    /// The receipts of a visit, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason>;
}
