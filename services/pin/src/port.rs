//! What this room needs of a database.

use async_trait::async_trait;
use madoguchi_core::{CardKey, Reason};
use time::OffsetDateTime;

use crate::{Account, Change, Outcome};

/// Port: keeps accounts. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Runs [`Account::after`] on what is kept and keeps what it gives, all in one step: of two gateways that reserve at
    /// once, the second sees what the first took. It survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn change(&self, card: &CardKey, change: Change, now: OffsetDateTime) -> Result<Outcome, Reason>;

    /// What is kept of a card.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn account(&self, card: &CardKey) -> Result<Option<Account>, Reason>;

    /// Forgets cards that nothing happened to since that moment. Says how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn forget_unseen_since(&self, since: OffsetDateTime) -> Result<u64, Reason>;
}
