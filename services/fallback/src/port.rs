//! What this room needs of a database.

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::fallback::{Case, Listed, Reconciliation};
use madoguchi_core::{CallerId, CaseId, Reason, RequestId};
use time::OffsetDateTime;

/// What became of a wish to settle a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is settled now.
    Now(Case),
    /// It was settled before, by whatever stands in it.
    Before(Case),
    /// There is no such case.
    NotFound,
}

/// Port: keeps cases. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait CaseStore: Send + Sync + 'static {
    /// Keeps the case and tells the auditor in the same step; where its caller sent that request before, it is the case
    /// of then, unchanged, and nothing is told. It survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn insert(&self, case: Case, told: Event) -> Result<Case, Reason>;

    /// The case that this request made, where it made one.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn find(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Case>, Reason>;

    /// Settles a case that is open and tells the auditor, in one step: of two who try, one does, and that one is told of.
    /// It survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn settle(
        &self,
        id: &CaseId,
        reconciliation: Reconciliation,
        told: Event,
    ) -> Result<Settled, Reason>;

    /// A case.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, id: &CaseId) -> Result<Option<Case>, Reason>;

    /// Cases with a greater id, by id, at most so many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Reason>;

    /// Forgets cases that were settled before that moment; an open one stays. Says how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn purge_settled_before(&self, before: OffsetDateTime) -> Result<u64, Reason>;
}
