//! What the audit log needs of a database.

use async_trait::async_trait;
use madoguchi_core::Reason;
use madoguchi_core::audit::{Entry, Event};
use time::OffsetDateTime;

/// Port: keeps the chain. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait EntryStore: Send + Sync + 'static {
    /// Appends one event with [`crate::link`], reading the head and writing the entry in one transaction, so that
    /// concurrent appends never fork the chain. When it returns, the entry survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn append(&self, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason>;

    /// At most `limit` entries after that number (0: from the start), in order.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, Reason>;
}
