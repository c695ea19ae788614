//! The cases: what was accepted in place of a verified card, until somebody has checked it.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::fallback::{
    Case, Cases, Document, Draft, Finding, Listed, Presented, Reconciliation, VisitKind,
};
use madoguchi_core::{CallerId, CaseId, Clock, Reason, Refusal, RequestId, StaffId};

use crate::describe::describe;
use crate::{CaseStore, Settled, rules};

/// Keeps the cases.
pub struct Ledger {
    store: Arc<dyn CaseStore>,
    audit: Arc<dyn Audit>,
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
    pub fn new(store: Arc<dyn CaseStore>, audit: Arc<dyn Audit>, clock: Arc<dyn Clock>) -> Self {
        Self { store, audit, clock }
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

    fn event(action: Action, case: &Case) -> Event {
        Event {
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
        let today = rules::day(self.clock.now());
        if draft.visit_date > today {
            return Err(Refusal::field(
                "visit_date",
                "must not lie in the future, in Japan Standard Time",
            ));
        }
        let (step, presented) = (draft.document.step(), presented(draft));
        if !rules::allows(step, draft.visit_date) {
            return Err(Refusal::field("document", "was not accepted on the visit's date"));
        }
        if draft.document == Document::Oral && draft.visit_kind == VisitKind::First {
            return Err(Refusal::field(
                "document",
                "must be another: at a first visit nothing is known that the patient could confirm",
            ));
        }
        if draft.document == Document::EligibilityNotice && presented == Presented::Nothing {
            return Err(Refusal::field(
                "document",
                "must be another: 資格情報のお知らせ goes with the card",
            ));
        }
        if !describe(step, presented).claims.contains(&draft.claim) {
            return Err(Refusal::field("claim", "is not one that this document allows"));
        }
        Ok(())
    }
}

fn presented(draft: &Draft) -> Presented {
    draft.medium.map_or(Presented::Nothing, Presented::Medium)
}

#[async_trait]
impl Cases for Ledger {
    async fn record(&self, caller: CallerId, request_id: RequestId, draft: Draft) -> Result<Case, Refusal> {
        self.check(&draft)?;
        let case = Case {
            id: CaseId::generate(),
            caller: caller.clone(),
            request_id,
            draft,
            recorded_at: self.clock.now(),
            reconciliation: None,
        };
        let wished = case.clone();
        let kept = self.store.insert(case).await?;
        if kept.draft != wished.draft {
            return Err(Reason::RequestIdReused.into());
        }
        // A repetition is told again: the first may have been kept and not told.
        let event = Event {
            caller: Some(caller),
            staff_id: Some(kept.draft.staff_id.clone()),
            ..Self::event(Action::FallbackRecorded, &kept)
        };
        self.audit.append(event).await?;
        Ok(kept)
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
        let case = match self.store.settle(id, word.clone()).await? {
            Settled::NotFound => return Err(Reason::CaseNotFound.into()),
            Settled::Now(case) => case,
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
                case
            }
        };
        let event = Event {
            caller: Some(word.caller),
            staff_id: Some(word.staff_id),
            ..Self::event(Action::FallbackReconciled, &case)
        };
        self.audit.append(event).await?;
        Ok(case)
    }

    async fn get(&self, id: &CaseId) -> Result<Case, Refusal> {
        let found = self.store.get(id).await?;
        found.ok_or_else(|| Reason::CaseNotFound.into())
    }

    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Refusal> {
        Ok(self.store.list(listed, after, limit).await?)
    }
}
