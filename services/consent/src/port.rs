//! What the consent service needs of a database.

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::consent::{Confirmation, Filter, Happening, Item, Receipt, Withdrawal};
use madoguchi_core::{CallerId, CheckInId, Reason, ReceiptId, RequestId};
use time::OffsetDateTime;

/// Port: keeps receipts, and what happened to them, for ever. The module `contract` (feature `test-util`) says what every
/// implementation keeps to. What it acknowledged survives a crash. What auditors are `told` of a change is appended to the
/// audit chain in the change's transaction and at its time; where nothing changes, nobody is told.
#[async_trait]
pub trait ReceiptStore: Send + Sync + 'static {
    /// Keeps a receipt, unless its visit has one already, or its caller sent a request of that name before: then that
    /// one is returned, with what happened to it since, and nothing changes.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn insert(
        &self,
        receipt: Receipt,
        request: Option<(CallerId, RequestId)>,
        told: Event,
    ) -> Result<Receipt, Reason>;

    /// The receipt of that name, with what happened to it since.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, id: &ReceiptId) -> Result<Option<Receipt>, Reason>;

    /// The receipt that a caller's request of that name made, with what happened to it since.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn of_request(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Receipt>, Reason>;

    /// The receipts of a visit, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason>;

    /// At most `limit` receipts that fit, in the order of their names, which is that of their making, after that one.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn find(
        &self,
        filter: Filter,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>, Reason>;

    /// Keeps a withdrawal, unless there is one, and returns the receipt with the one that is kept.
    ///
    /// # Errors
    /// [`Reason::ReceiptNotFound`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn withdraw(&self, id: &ReceiptId, withdrawal: Withdrawal, told: Event) -> Result<Receipt, Reason>;

    /// Keeps a confirmation, unless there is one, and returns the receipt with the one that is kept.
    ///
    /// # Errors
    /// [`Reason::ReceiptNotFound`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn confirm(&self, id: &ReceiptId, confirmation: Confirmation) -> Result<Receipt, Reason>;

    /// At most `limit` items whose time was up by then and of which that has not been recorded, with the end of that
    /// time.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn due(
        &self,
        by: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<(ReceiptId, Item, OffsetDateTime)>, Reason>;

    /// Records that the time of an item was up at that moment; nothing where that was recorded before. Auditors are told
    /// when it was noticed.
    ///
    /// # Errors
    /// [`Reason::ReceiptNotFound`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn expire(
        &self,
        id: &ReceiptId,
        item: Item,
        at: OffsetDateTime,
        noticed: (OffsetDateTime, Event),
    ) -> Result<Option<Happening>, Reason>;

    /// At most `limit` happenings after that number, in order.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn happenings(&self, after: u64, limit: u32) -> Result<Vec<Happening>, Reason>;

    /// The number of the last happening; 0 before the first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn last_happening(&self) -> Result<u64, Reason>;
}
