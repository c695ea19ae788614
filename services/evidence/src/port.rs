//! What the evidence service needs of a database.

use async_trait::async_trait;
use madoguchi_core::evidence::Evidence;
use madoguchi_core::{CheckInId, Reason};

/// Port: keeps evidence for ever. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait EvidenceStore: Send + Sync + 'static {
    /// Keeps evidence, unless its visit has some already: then that is returned and nothing changes. When it returns,
    /// the evidence survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn insert(&self, evidence: Evidence) -> Result<Evidence, Reason>;

    /// Takes the evidence of a visit back, where there is any. Only for what nobody was given.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn retract(&self, check_in_id: &CheckInId) -> Result<(), Reason>;

    /// The evidence of a visit.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, check_in_id: &CheckInId) -> Result<Option<Evidence>, Reason>;
}
