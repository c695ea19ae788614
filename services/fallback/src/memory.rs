//! A store for tests.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::fallback::{Case, Listed, Reconciliation};
use madoguchi_core::{CaseId, Reason};
use time::OffsetDateTime;

use crate::{CaseStore, Settled};

/// Cases in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryCases {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    cases: std::sync::Mutex<BTreeMap<CaseId, Case>>,
}

impl MemoryCases {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<CaseId, Case>) -> T) -> T {
        work(&mut self.cases.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl CaseStore for MemoryCases {
    async fn insert(&self, case: Case) -> Result<Case, Reason> {
        Ok(self.with(|cases| {
            let same = |one: &&Case| one.caller == case.caller && one.request_id == case.request_id;
            if let Some(earlier) = cases.values().find(same) {
                return earlier.clone();
            }
            cases.insert(case.id.clone(), case.clone());
            case
        }))
    }

    async fn settle(&self, id: &CaseId, reconciliation: Reconciliation) -> Result<Settled, Reason> {
        Ok(self.with(|cases| match cases.get_mut(id) {
            None => Settled::NotFound,
            Some(case) if case.reconciliation.is_some() => Settled::Before(case.clone()),
            Some(case) => {
                case.reconciliation = Some(reconciliation);
                Settled::Now(case.clone())
            }
        }))
    }

    async fn get(&self, id: &CaseId) -> Result<Option<Case>, Reason> {
        Ok(self.with(|cases| cases.get(id).cloned()))
    }

    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Reason> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.with(|cases| {
            let cases = cases.values().filter(|case| match listed {
                Listed::Open => case.reconciliation.is_none(),
                Listed::Settled => case.reconciliation.is_some(),
                Listed::All => true,
            });
            let cases = cases.filter(|case| after.is_none_or(|after| case.id > *after));
            cases.take(limit).cloned().collect()
        }))
    }

    async fn purge_settled_before(&self, before: OffsetDateTime) -> Result<u64, Reason> {
        Ok(self.with(|cases| {
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
