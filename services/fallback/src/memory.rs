//! A store for tests.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::fallback::{Case, Listed, Reconciliation};
use madoguchi_core::{CallerId, CaseId, Reason, RequestId};
use time::OffsetDateTime;

use crate::{CaseStore, Settled};

/// Cases in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryCases {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    cases: BTreeMap<CaseId, Case>,
    told: Vec<Event>,
}

impl Kept {
    fn find(&self, caller: &CallerId, request_id: &RequestId) -> Option<&Case> {
        let mut cases = self.cases.values();
        cases.find(|case| case.caller == *caller && case.request_id == *request_id)
    }
}

impl MemoryCases {
    /// What auditors were told, oldest first.
    #[must_use]
    pub fn told(&self) -> Vec<Event> {
        self.with(|kept| kept.told.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl CaseStore for MemoryCases {
    async fn insert(&self, case: Case, told: Event) -> Result<Case, Reason> {
        Ok(self.with(|kept| {
            if let Some(earlier) = kept.find(&case.caller, &case.request_id) {
                return earlier.clone();
            }
            kept.cases.insert(case.id.clone(), case.clone());
            kept.told.push(told);
            case
        }))
    }

    async fn find(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Case>, Reason> {
        Ok(self.with(|kept| kept.find(caller, request_id).cloned()))
    }

    async fn settle(
        &self,
        id: &CaseId,
        reconciliation: Reconciliation,
        told: Event,
    ) -> Result<Settled, Reason> {
        Ok(self.with(|kept| match kept.cases.get_mut(id) {
            None => Settled::NotFound,
            Some(case) if case.reconciliation.is_some() => Settled::Before(case.clone()),
            Some(case) => {
                case.reconciliation = Some(reconciliation);
                kept.told.push(told);
                Settled::Now(case.clone())
            }
        }))
    }

    async fn get(&self, id: &CaseId) -> Result<Option<Case>, Reason> {
        Ok(self.with(|kept| kept.cases.get(id).cloned()))
    }

    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Reason> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.with(|kept| {
            let cases = kept.cases.values().filter(|case| match listed {
                Listed::Open => case.reconciliation.is_none(),
                Listed::Settled => case.reconciliation.is_some(),
                Listed::All => true,
            });
            let cases = cases.filter(|case| after.is_none_or(|after| case.id > *after));
            cases.take(limit).cloned().collect()
        }))
    }

    async fn purge_settled_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        Ok(self.with(|Kept { cases, .. }| {
            let had = cases.len();
            cases.retain(|_, case| {
                let settled = case.reconciliation.as_ref();
                settled.is_none_or(|settled| settled.reconciled_at >= before)
            });
            u64::try_from(had - cases.len()).unwrap_or(u64::MAX)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::case_store(&MemoryCases::default()).await;
    }
}
