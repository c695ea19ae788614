//! The usage service.

use std::sync::Arc;

use madoguchi_core::{Reason, Refusal};
use time::Date;

use crate::{Check, CheckStore, Group, Kept, Report};

/// Days of a report at most.
pub const MAX_DAYS: i64 = 400;

/// Counts checks. Cheap to clone.
#[derive(Clone)]
pub struct Usage {
    store: Arc<dyn CheckStore>,
}

impl std::fmt::Debug for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Usage").finish_non_exhaustive()
    }
}

impl Usage {
    /// Checks that are kept there.
    #[must_use]
    pub fn new(store: Arc<dyn CheckStore>) -> Self {
        Self { store }
    }

    /// Counts a check, once however often it is told.
    ///
    /// # Errors
    /// [`Reason::RequestIdReused`] where another check has its name, [`Reason::StoreUnavailable`].
    pub async fn record(&self, check: Check) -> Result<(), Reason> {
        match self.store.keep(check).await? {
            Kept::New | Kept::Known => Ok(()),
            Kept::Other => Err(Reason::RequestIdReused),
        }
    }

    /// Counts a check that this gateway was asked to make, once however often it is asked.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn count(&self, check: Check) -> Result<(), Reason> {
        // Sent again after midnight, or from another counter, it is the same check still.
        self.store.keep(check).await.map(|_: Kept| ())
    }

    /// The report from one day to another, both included.
    ///
    /// # Errors
    /// A field violation, [`Reason::StoreUnavailable`].
    pub async fn report(&self, from: Date, to: Date, by: &[Group]) -> Result<Report, Refusal> {
        let days = (to - from).whole_days();
        if !(0..MAX_DAYS).contains(&days) {
            return Err(Refusal::field(
                "to_day",
                format!("must not be before from_day, and at most {MAX_DAYS} days in all"),
            ));
        }
        let counts = self.store.counts(from, to).await?;
        Ok(Report::new(&counts, by))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::MemoryChecks;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        crate::contract::check_store(&MemoryChecks::default()).await;
    }

    #[tokio::test]
    async fn the_same_check_counts_once_and_another_of_its_name_is_refused() {
        let usage = Usage::new(Arc::new(MemoryChecks::default()));
        let check = crate::contract::check("a", date!(2026 - 11 - 22));
        for _ in 0..3 {
            usage.record(check.clone()).await.unwrap();
        }
        let other = Check {
            day: date!(2026 - 11 - 23),
            ..check
        };
        assert_eq!(usage.record(other.clone()).await, Err(Reason::RequestIdReused));
        usage.count(other).await.unwrap();
        let day = date!(2026 - 11 - 22);
        assert_eq!(usage.report(day, day, &[]).await.unwrap().total.checks, 1);
        let too_long = usage.report(day, date!(2028 - 11 - 22), &[]).await;
        assert_eq!(too_long.unwrap_err().reason, Reason::InvalidArgument);
        assert!(usage.report(day, date!(2026 - 11 - 21), &[]).await.is_err());
    }
}
