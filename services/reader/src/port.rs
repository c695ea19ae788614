//! What this room needs of a database.

use async_trait::async_trait;
use madoguchi_core::reader::OutOfService;
use madoguchi_core::{ReaderId, Reason};

/// Port: keeps which readers are out of service. The module `contract` (feature `test-util`) says what every
/// implementation keeps to.
#[async_trait]
pub trait ServiceStore: Send + Sync + 'static {
    /// Keeps it, in place of what was kept of that reader; it survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn take_out(&self, id: &ReaderId, word: OutOfService) -> Result<(), Reason>;

    /// Forgets what is kept of that reader. Says whether anything was.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn put_back(&self, id: &ReaderId) -> Result<bool, Reason>;

    /// All that is kept, by id.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn out_of_service(&self) -> Result<Vec<(ReaderId, OutOfService)>, Reason>;
}
