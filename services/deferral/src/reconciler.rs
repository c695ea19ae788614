//! Asks the service for what was put off, once the line is back.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::deferral::{Bearing, Deferral, Proof};
use madoguchi_core::eligibility::{DeferredRequest, Eligibility};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::service::Outcome;

/// Checks that are taken out of the database at once.
const BATCH: u32 = 16;

/// Works the queue off.
pub struct Reconciler {
    queue: Service,
    eligibility: Arc<dyn Eligibility>,
}

impl std::fmt::Debug for Reconciler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reconciler").finish_non_exhaustive()
    }
}

/// How far a round came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Nothing is open.
    Done,
    /// Something was settled, and more may be open.
    Further,
    /// The service is still away, or something else is in the way.
    Stuck,
}

impl Reconciler {
    /// A reconciler of that queue.
    #[must_use]
    pub fn new(queue: Service, eligibility: Arc<dyn Eligibility>) -> Self {
        Self { queue, eligibility }
    }

    /// Works until the token is cancelled. An attempt that is under way then is dropped; the next process repeats it.
    pub async fn run(self, ending: CancellationToken) {
        let _ = ending.run_until_cancelled(self.work()).await;
    }

    async fn work(&self) {
        let seconds = |seconds: u32| Duration::from_secs(seconds.max(1).into());
        let shortest = seconds(self.queue.options.min_retry_seconds);
        let longest = seconds(self.queue.options.max_retry_seconds).max(shortest);
        let mut pause = shortest;
        loop {
            match self.round().await {
                Ok(Round::Further) => pause = shortest,
                Ok(Round::Done) => {
                    pause = shortest;
                    sleep(pause).await;
                }
                Ok(Round::Stuck) => {
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(longest);
                }
                Err(reason) => {
                    tracing::warn!(reason = reason.code(), "the checks that were put off wait");
                    sleep(pause).await;
                    pause = pause.saturating_mul(2).min(longest);
                }
            }
        }
    }

    async fn round(&self) -> Result<Round, Reason> {
        let ttl = time::Duration::hours(self.queue.options.answer_ttl_hours.into());
        if let Some(before) = self.queue.now().checked_sub(ttl) {
            self.queue.store.forget_answers(before).await?;
        }
        let open = self.queue.store.next(BATCH).await?;
        if open.is_empty() {
            return Ok(Round::Done);
        }
        let mut settled = false;
        for (deferral, proof) in open {
            match self.ask(&deferral, proof).await? {
                Asked::Settled => settled = true,
                // What the others would be told is known.
                Asked::Away => return Ok(Round::Stuck),
                Asked::NotNow => {}
            }
        }
        Ok(if settled { Round::Further } else { Round::Stuck })
    }

    async fn ask(&self, deferral: &Deferral, proof: Proof) -> Result<Asked, Reason> {
        let outcome = if self.queue.too_old(deferral) {
            Outcome::Abandoned(deferral.last_reason.or(Some(deferral.because)))
        } else {
            let request = DeferredRequest {
                check_in_id: deferral.check_in_id.clone(),
                medium: deferral.medium,
                verified_at: deferral.verified_at,
                proof,
            };
            match self.eligibility.check_deferred(request).await {
                Ok(answer) => Outcome::Answered(Box::new(answer)),
                Err(reason) => match Bearing::of(reason) {
                    Bearing::Verdict => Outcome::Refused(reason),
                    bearing => return self.keep_open(deferral, reason, bearing).await,
                },
            }
        };
        let settled = self.queue.settle(deferral, outcome, None).await?;
        tracing::info!(deferral_id = %settled.id, state = settled.state.as_str(), "a check that was put off is settled");
        Ok(Asked::Settled)
    }

    async fn keep_open(
        &self,
        deferral: &Deferral,
        reason: Reason,
        bearing: Bearing,
    ) -> Result<Asked, Reason> {
        // What time alone does not mend somebody has to hear of; a result that staff are to choose they see in their list.
        let is_seen = matches!(
            reason,
            Reason::EligibilityResultPending | Reason::EligibilityAmbiguous
        );
        if reason.retry_after().is_none() && !is_seen {
            tracing::error!(
                deferral_id = %deferral.id,
                reason = reason.code(),
                "ALARM: a check that was put off is not answered and stays open; its reason says what to look at"
            );
        }
        self.queue.store.attempted(&deferral.id, reason).await?;
        Ok(match bearing {
            Bearing::Everyone => Asked::Away,
            Bearing::Verdict | Bearing::ThisOne => Asked::NotNow,
        })
    }
}

/// What became of one question.
enum Asked {
    Settled,
    Away,
    NotNow,
}

#[cfg(test)]
mod tests;
