//! Takes checks into the queue, tells where they stand, and lets staff settle what the service never will.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::deferral::{Deferral, Deferrals, NewDeferral, State};
use madoguchi_core::{CallerId, CheckInId, Clock, DeferralId, Reason, StaffId};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{DeferralStore, Query, Report, Settlement, Witness, report};

/// How much is put off, and how eagerly it is made up for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Checks that may be open at once; further visits fail as if nothing could be put off.
    pub max_open: u32,
    /// Seconds until the service is asked again the first time.
    pub min_retry_seconds: u32,
    /// Seconds between two attempts at most.
    pub max_retry_seconds: u32,
    /// Days after which nobody asks any more and staff have to look.
    pub give_up_days: u32,
    /// Hours that an answer, which is personal data, is kept once it came.
    pub answer_ttl_hours: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_open: 10_000,
            min_retry_seconds: 5,
            max_retry_seconds: 300,
            give_up_days: 30,
            answer_ttl_hours: 24,
        }
    }
}

/// Who settled a check otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hand {
    caller: CallerId,
    staff_id: StaffId,
}

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(crate) options: Options,
    pub(crate) store: Arc<dyn DeferralStore>,
    pub(crate) witness: Arc<dyn Witness>,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Opens the queue that is kept there; what an earlier process could not tell the auditors any more is told first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn open(
        options: Options,
        store: Arc<dyn DeferralStore>,
        witness: Arc<dyn Witness>,
        audit: Arc<dyn Audit>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Reason> {
        let queue = Self {
            options,
            store,
            witness,
            audit,
            clock,
        };
        queue.catch_up().await?;
        Ok(queue)
    }

    /// The check of that name.
    ///
    /// # Errors
    /// [`Reason::DeferralNotFound`], [`Reason::StoreUnavailable`].
    pub async fn get(&self, id: &DeferralId) -> Result<Deferral, Reason> {
        self.store.get(id).await?.ok_or(Reason::DeferralNotFound)
    }

    /// The check of that visit.
    ///
    /// # Errors
    /// [`Reason::DeferralNotFound`], [`Reason::StoreUnavailable`].
    pub async fn of_check_in(&self, id: &CheckInId) -> Result<Deferral, Reason> {
        let found = self.store.of_check_in(id).await?;
        found.ok_or(Reason::DeferralNotFound)
    }

    /// Checks in the order of their making.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn list(&self, query: Query) -> Result<Vec<Deferral>, Reason> {
        self.store.list(query).await
    }

    /// Staff settled it otherwise: nobody asks the service any more. One that is settled already stays as it is.
    ///
    /// # Errors
    /// [`Reason::DeferralNotFound`], [`Reason::StoreUnavailable`].
    pub async fn abandon(
        &self,
        id: &DeferralId,
        caller: CallerId,
        staff_id: StaffId,
    ) -> Result<Deferral, Reason> {
        let settlement = Settlement {
            state: State::Abandoned,
            at: self.now(),
            reason: None,
            answer: None,
        };
        let hand = Some(Hand { caller, staff_id });
        self.settle(id, settlement, hand)
            .await?
            .ok_or(Reason::DeferralNotFound)
    }

    /// What became of the checks that were queued in that time, held against the audit chain.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn report(&self, from: OffsetDateTime, to: OffsetDateTime) -> Result<Report, Reason> {
        let deferrals = self.store.queued_between(from, to).await?;
        let untold = self.store.unwitnessed(u32::MAX).await?;
        let events = self.witness.witnessed_since(from).await?;
        let mut elsewhere = Vec::new();
        for id in report::deferred(&events) {
            if !deferrals.iter().any(|deferral| deferral.id == *id) {
                // Queued after the time in question, or lost.
                elsewhere.extend(self.store.get(id).await?);
            }
        }
        Ok(Report::new(from, to, deferrals, &events, &elsewhere, &untold))
    }

    /// Settles a check and puts that into the audit chain; none where there is no such check.
    pub(crate) async fn settle(
        &self,
        id: &DeferralId,
        settlement: Settlement,
        hand: Option<Hand>,
    ) -> Result<Option<Deferral>, Reason> {
        let Some((deferral, changed)) = self.store.settle(id, settlement).await? else {
            return Ok(None);
        };
        if changed {
            self.tell(&deferral, hand).await?;
        }
        Ok(Some(deferral))
    }

    /// Puts into the audit chain what an earlier process could not tell any more before it ended. Only before anything is
    /// queued: what is being queued would be told twice.
    async fn catch_up(&self) -> Result<(), Reason> {
        const AT_ONCE: u32 = 256;
        loop {
            let untold = self.store.unwitnessed(AT_ONCE).await?;
            let Some(oldest) = untold.iter().map(|deferral| deferral.queued_at).min() else {
                return Ok(());
            };
            let events = self.witness.witnessed_since(oldest).await?;
            for deferral in &untold {
                let told = |action| {
                    events
                        .iter()
                        .any(|event| event.action == action && event.deferral_id == deferral.id)
                };
                if !told(Action::EligibilityDeferred) {
                    let event = event(Action::EligibilityDeferred, deferral, None);
                    self.audit.append(event).await?;
                }
                if deferral.state != State::Open && !told(Action::EligibilityReconciled) {
                    let event = event(Action::EligibilityReconciled, deferral, None);
                    self.audit.append(event).await?;
                }
                self.store.mark_witnessed(&deferral.id, deferral.state).await?;
            }
        }
    }

    async fn tell(&self, deferral: &Deferral, hand: Option<Hand>) -> Result<(), Reason> {
        let action = match deferral.state {
            State::Open => Action::EligibilityDeferred,
            State::Answered | State::Refused | State::Abandoned => Action::EligibilityReconciled,
        };
        self.audit.append(event(action, deferral, hand)).await?;
        self.store.mark_witnessed(&deferral.id, deferral.state).await
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        to_microsecond(self.clock.now())
    }

    /// Before that moment nothing is asked any more.
    pub(crate) fn too_old(&self, deferral: &Deferral) -> bool {
        self.now() - deferral.queued_at > Duration::days(self.options.give_up_days.into())
    }
}

fn event(action: Action, deferral: &Deferral, hand: Option<Hand>) -> Event {
    let (caller, staff_id) = match hand {
        Some(hand) => (Some(hand.caller), Some(hand.staff_id)),
        None => (None, None),
    };
    Event {
        caller,
        staff_id,
        counter_id: Some(deferral.counter_id.clone()),
        check_in_id: Some(deferral.check_in_id.clone()),
        medium: Some(deferral.medium),
        method: Some(deferral.method),
        reason: match action {
            Action::EligibilityDeferred => Some(deferral.because),
            _ => deferral.last_reason.filter(|_| deferral.state != State::Answered),
        },
        deferral_id: Some(deferral.id.clone()),
        ..Event::new(action)
    }
}

#[async_trait]
impl Deferrals for Service {
    async fn put_off(&self, new: NewDeferral) -> Result<Deferral, Reason> {
        let NewDeferral {
            check_in_id,
            counter_id,
            medium,
            method,
            certificate,
            because,
            verified_at,
            proof,
        } = new;
        let deferral = Deferral {
            id: DeferralId::generate(),
            check_in_id,
            counter_id,
            medium,
            method,
            certificate,
            because,
            state: State::Open,
            verified_at: to_microsecond(verified_at),
            queued_at: self.now(),
            attempt_count: 0,
            last_reason: None,
            settled_at: None,
            answer: None,
        };
        let id = deferral.id.clone();
        let kept = self.store.put(deferral, proof, self.options.max_open).await?;
        if kept.id == id {
            self.tell(&kept, None).await?;
        }
        Ok(kept)
    }
}
