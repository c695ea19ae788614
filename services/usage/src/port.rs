//! What the usage report needs of a database.

use async_trait::async_trait;
use madoguchi_core::Reason;
use time::Date;

use crate::{Check, Count};

/// What became of a check that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It counts from now on.
    New,
    /// It was there already, the same.
    Known,
    /// Another one was there under its name, and stays.
    Other,
}

/// Port: keeps the checks. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait CheckStore: Send + Sync + 'static {
    /// Keeps a check unless one of its name is there. When it returns, it survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn keep(&self, check: Check) -> Result<Kept, Reason>;

    /// How many checks of each sort there were, from one day to another, both included.
    ///
    /// # Errors
    /// As [`CheckStore::keep`].
    async fn counts(&self, from: Date, to: Date) -> Result<Vec<Count>, Reason>;
}
