//! What is remembered for long, and forgotten in the end: tries of PINs, and cases that were settled.

use std::sync::Arc;

use madoguchi_core::Reason;
use madoguchi_fallback::Ledger;
use madoguchi_pin::Budget;
use tokio::time::{Duration, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config;

/// How often it is looked at; the times are days.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// What is forgotten, and after which time.
pub(super) struct Retention {
    budget: Arc<Budget>,
    cases: Arc<Ledger>,
    pin_budget: time::Duration,
    settled_cases: time::Duration,
}

impl Retention {
    pub(super) fn new(config: &config::Store, budget: Arc<Budget>, cases: Arc<Ledger>) -> Self {
        Self {
            budget,
            cases,
            pin_budget: time::Duration::days(config.pin_budget_ttl_days.into()),
            settled_cases: time::Duration::days(config.settled_case_ttl_days.into()),
        }
    }

    /// Forgets at once and then every hour, until the token says that the gateway shuts down.
    pub(super) async fn run(self, ending: CancellationToken) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => return,
                _ = ticks.tick() => {
                    said("tries of PINs", self.budget.forget(self.pin_budget).await);
                    said("settled cases", self.cases.purge(self.settled_cases).await);
                }
            }
        }
    }
}

fn said(what: &'static str, forgotten: Result<u64, Reason>) {
    match forgotten {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, what, "what is too old was forgotten"),
        Err(reason) => tracing::warn!(
            reason = reason.code(),
            what,
            "what is too old could not be forgotten"
        ),
    }
}
