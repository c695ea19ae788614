//! Checks for tests.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::Reason;
use time::Date;

use crate::{Check, CheckStore, Count, Kept, Key};

/// Checks in memory, gone with the test.
#[derive(Debug, Default)]
pub struct MemoryChecks {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    checks: std::sync::Mutex<BTreeMap<Key, Check>>,
}

#[async_trait]
impl CheckStore for MemoryChecks {
    async fn keep(&self, check: Check) -> Result<Kept, Reason> {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        match checks.get(&check.key) {
            Some(known) if *known == check => Ok(Kept::Known),
            Some(_) => Ok(Kept::Other),
            None => {
                checks.insert(check.key.clone(), check);
                Ok(Kept::New)
            }
        }
    }

    async fn counts(&self, from: Date, to: Date) -> Result<Vec<Count>, Reason> {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = checks.values().filter(|check| (from..=to).contains(&check.day));
        Ok(counted
            .map(|check| Count {
                day: check.day,
                counter_id: check.counter_id.clone(),
                kind: check.kind,
                medium: check.medium,
                method: check.method,
                count: 1,
            })
            .collect())
    }
}
