//! What the bridge needs of a database: the results that it has seen, each once.

use async_trait::async_trait;
use madoguchi_core::{CheckInId, Reason, ResultId};
use time::OffsetDateTime;

use crate::Record;

/// A result of a visit at the terminal's reader. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResult {
    /// SHA-256 of the file, in hexadecimal: the same content under another name is the same result.
    pub id: ResultId,
    /// When it was found.
    pub found_at: OffsetDateTime,
    /// What it says.
    pub record: Record,
}

impl std::fmt::Debug for StoredResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredResult")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Port: keeps results. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait ResultStore: Send + Sync + 'static {
    /// Keeps a result; it survives a restart. Says whether it is new: one that was kept before stays as it is, also
    /// after its content was forgotten.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn keep(&self, result: StoredResult) -> Result<bool, Reason>;

    /// Those that were given to no visit and are not forgotten, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn waiting(&self) -> Result<Vec<StoredResult>, Reason>;

    /// When something last happened in a visit that is kept; none where none is.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn last_visit_at(&self) -> Result<Option<OffsetDateTime>, Reason>;

    /// Gives one to a visit: of any number of callers with different visits one gets it; the same visit gets it again.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn give(&self, id: &ResultId, visit: &CheckInId) -> Result<Option<StoredResult>, Reason>;

    /// What was given to that visit, and is not forgotten.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn given_to(&self, visit: &CheckInId) -> Result<Option<StoredResult>, Reason>;

    /// Forgets the content of what was found before, and nothing else of it. Returns how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn forget_before(&self, before: OffsetDateTime) -> Result<u64, Reason>;
}
