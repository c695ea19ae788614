//! What the evidence service needs of a database.

use async_trait::async_trait;
use madoguchi_core::evidence::Evidence;
use madoguchi_core::{CheckInId, Reason};

/// Port: keeps for ever the evidence that comes with the ends of visits. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait EvidenceStore: Send + Sync + 'static {
    /// The evidence of a visit.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, check_in_id: &CheckInId) -> Result<Option<Evidence>, Reason>;
}
