//! Asks the service for what was put off, once the line is back.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Reason;
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::eligibility::{DeferredRequest, Eligibility};
use madoguchi_core::reason::Kind;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{Service, Settlement};

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
        let settlement = if self.queue.too_old(deferral) {
            Settlement {
                state: State::Abandoned,
                at: self.queue.now(),
                reason: deferral.last_reason.or(Some(deferral.because)),
                answer: None,
            }
        } else {
            let request = DeferredRequest {
                check_in_id: deferral.check_in_id.clone(),
                medium: deferral.medium,
                verified_at: deferral.verified_at,
                proof,
            };
            match self.eligibility.check_deferred(request).await {
                Ok(answer) => Settlement {
                    state: State::Answered,
                    at: self.queue.now(),
                    reason: None,
                    answer: Some(answer),
                },
                Err(reason) if is_for_now(reason) => {
                    self.queue.store.attempted(&deferral.id, reason).await?;
                    return Ok(match reason {
                        Reason::EligibilityUnavailable => Asked::Away,
                        _ => Asked::NotNow,
                    });
                }
                Err(reason) => Settlement {
                    state: State::Refused,
                    at: self.queue.now(),
                    reason: Some(reason),
                    answer: None,
                },
            }
        };
        let state = settlement.state;
        self.queue.settle(&deferral.id, settlement, None).await?;
        tracing::info!(deferral_id = %deferral.id, state = state.as_str(), "a check that was put off is settled");
        Ok(Asked::Settled)
    }
}

/// What became of one question.
enum Asked {
    Settled,
    Away,
    NotNow,
}

/// Whether the same question may be answered later.
fn is_for_now(reason: Reason) -> bool {
    matches!(
        reason.kind(),
        Kind::Unavailable
            | Kind::ResourceExhausted
            | Kind::DeadlineExceeded
            | Kind::Cancelled
            | Kind::Aborted
            | Kind::Internal
    )
}

#[cfg(test)]
mod tests;
