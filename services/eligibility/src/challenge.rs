//! What the stand-in needs of a database: its open challenges.

use async_trait::async_trait;
use madoguchi_core::eligibility::Challenge;
use madoguchi_core::{ChallengeId, Reason};
use time::OffsetDateTime;

/// Port: keeps challenges until they are taken or expire. The module `contract` (feature `test-util`) says what every
/// implementation keeps to.
#[async_trait]
pub trait ChallengeStore: Send + Sync + 'static {
    /// Keeps a challenge; it survives a restart. Those that have expired by `now` are forgotten first.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] where `max_open` are open already; [`Reason::StoreUnavailable`].
    async fn put(&self, challenge: Challenge, now: OffsetDateTime, max_open: u32) -> Result<(), Reason>;

    /// Takes a challenge out: of any number of concurrent callers one gets it. An expired one may still be returned,
    /// the caller judges that.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn take(&self, id: &ChallengeId) -> Result<Option<Challenge>, Reason>;
}
