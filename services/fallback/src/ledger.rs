//! The cases: what was accepted in place of a verified card, until somebody has checked it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::fallback::{
    Case, Cases, Document, Draft, Finding, Listed, Presented, Reconciliation, Thing,
};
use madoguchi_core::{CallerId, CaseId, Clock, Reason, Refusal, RequestId, StaffId};

use crate::{CaseStore, Settled, Situation, Ways, next_steps, rules};

/// Keeps the cases.
pub struct Ledger {
    store: Arc<dyn CaseStore>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ledger")
    }
}

impl Ledger {
    /// Cases over these ports.
    #[must_use]
    pub fn new(store: Arc<dyn CaseStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Forgets cases that were settled longer than that ago. Says how many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    pub async fn purge(&self, keep: time::Duration) -> Result<u64, Reason> {
        match self.clock.now().checked_sub(keep) {
            Some(before) => self.store.purge_settled_before(before).await,
            None => Ok(0),
        }
    }

    fn event(action: Action, case: &Case, caller: &CallerId, staff_id: &StaffId) -> Event {
        Event {
            caller: Some(caller.clone()),
            staff_id: Some(staff_id.clone()),
            counter_id: Some(case.draft.counter_id.clone()),
            check_in_id: case.draft.check_in_id.clone(),
            medium: case.draft.medium,
            reason: case.draft.reason,
            case_id: Some(case.id.clone()),
            ..Event::new(action)
        }
    }

    /// Holds what was recorded against the ladder of its day.
    fn check(&self, draft: &Draft) -> Result<(), Refusal> {
        if draft.visit_date > day_in_japan(self.clock.now()) {
            return Err(Refusal::field(
                "visit_date",
                "must not lie in the future, in Japan Standard Time",
            ));
        }
        let step = draft.document.step();
        if !rules::allows(step, draft.visit_date) {
            return Err(Refusal::field("document", "was not accepted on the visit's date"));
        }
        let steps = next_steps(&situation(draft));
        let Some(step) = steps.into_iter().find(|one| one.step == step) else {
            return Err(Refusal::field(
                "document",
                "must be another: ListNextSteps does not propose it for this medium and kind of visit",
            ));
        };
        if !step.claims.contains(&draft.claim) {
            return Err(Refusal::field("claim", "is not one that this document allows"));
        }
        Ok(())
    }
}

/// Where the patient stood whose visit was settled so.
fn situation(draft: &Draft) -> Situation {
    // Who is known and files a declaration is known of nothing that could have been confirmed.
    let lacks = match draft.document {
        Document::Declaration => BTreeSet::from([Thing::KnownData]),
        _ => BTreeSet::new(),
    };
    Situation {
        reason: draft.reason,
        presented: draft.medium.map_or(Presented::Nothing, Presented::Medium),
        visit: Some(draft.visit_kind),
        date: draft.visit_date,
        lacks,
        ways: Ways::default(),
    }
}

/// The case of an earlier request, where it is the one that is asked for now.
fn same(earlier: Case, draft: &Draft) -> Result<Case, Refusal> {
    if earlier.draft == *draft {
        Ok(earlier)
    } else {
        Err(Reason::RequestIdReused.into())
    }
}

#[async_trait]
impl Cases for Ledger {
    async fn record(&self, caller: CallerId, request_id: RequestId, draft: Draft) -> Result<Case, Refusal> {
        if let Some(earlier) = self.store.find(&caller, &request_id).await? {
            return same(earlier, &draft);
        }
        self.check(&draft)?;
        let case = Case {
            id: CaseId::generate(),
            caller: caller.clone(),
            request_id,
            draft: draft.clone(),
            recorded_at: self.clock.now(),
            reconciliation: None,
        };
        let told = Self::event(Action::FallbackRecorded, &case, &caller, &draft.staff_id);
        same(self.store.insert(case, told).await?, &draft)
    }

    async fn find(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Case>, Refusal> {
        Ok(self.store.find(caller, request_id).await?)
    }

    async fn reconcile(
        &self,
        id: &CaseId,
        caller: CallerId,
        request_id: RequestId,
        finding: Finding,
        staff_id: StaffId,
    ) -> Result<Case, Refusal> {
        let word = Reconciliation {
            request_id,
            finding,
            staff_id,
            caller,
            reconciled_at: self.clock.now(),
        };
        let case = self.get(id).await?;
        let told = Self::event(Action::FallbackReconciled, &case, &word.caller, &word.staff_id);
        match self.store.settle(id, word.clone(), told).await? {
            Settled::NotFound => Err(Reason::CaseNotFound.into()),
            Settled::Now(case) => Ok(case),
            Settled::Before(case) => {
                let Some(earlier) = &case.reconciliation else {
                    return Err(Reason::Internal.into());
                };
                if (&earlier.caller, &earlier.request_id) != (&word.caller, &word.request_id) {
                    return Err(Reason::CaseSettled.into());
                }
                if (earlier.finding, &earlier.staff_id) != (word.finding, &word.staff_id) {
                    return Err(Reason::RequestIdReused.into());
                }
                Ok(case)
            }
        }
    }

    async fn get(&self, id: &CaseId) -> Result<Case, Refusal> {
        let found = self.store.get(id).await?;
        found.ok_or_else(|| Reason::CaseNotFound.into())
    }

    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Refusal> {
        Ok(self.store.list(listed, after, limit).await?)
    }
}
