//! Takes checks into the queue, tells where they stand, and lets staff settle what the service never will.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::deferral::{Deferral, Deferrals, NewDeferral, State};
use madoguchi_core::eligibility::Answer;
use madoguchi_core::{CallerId, CheckInId, Clock, DeferralId, Reason, StaffId};
use madoguchi_usage::{Check, Key, Kind};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use tokio::time::sleep;

use crate::report::Record;
use crate::{DeferralStore, Query, Report, Settlement, Witness};

/// How often what disagrees in a report is read again, and how long it is waited for that: an event may be on its way from
/// one database to the other.
const READ_AGAIN: u32 = 6;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// How much is put off, and how eagerly it is made up for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Checks that may be open at once; one visit more fails with [`Reason::Overloaded`].
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
    /// The queue that is kept there.
    #[must_use]
    pub fn new(
        options: Options,
        store: Arc<dyn DeferralStore>,
        witness: Arc<dyn Witness>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            options,
            store,
            witness,
            clock,
        }
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
        let deferral = self.get(id).await?;
        let hand = Some(Hand { caller, staff_id });
        let outcome = Outcome::Abandoned(None);
        self.settle(&deferral, outcome, hand).await
    }

    /// What became of the checks that were queued in that time, held against the audit chain. What disagrees, or
    /// is on its way to the chain, is looked at again: queue and chain are read one after the other, and both go on
    /// meanwhile.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn report(&self, from: OffsetDateTime, to: OffsetDateTime) -> Result<Report, Reason> {
        let mut report = self.read(from, to).await?;
        for _ in 0..READ_AGAIN {
            if report.holds() && report.untold.is_empty() {
                break;
            }
            sleep(PAUSE).await;
            report = self.read(from, to).await?.confirmed_by(&report);
        }
        Ok(report)
    }

    async fn read(&self, from: OffsetDateTime, to: OffsetDateTime) -> Result<Report, Reason> {
        let waiting = self.store.untold().await?;
        let deferrals = self.store.queued_between(from, to).await?;
        let record = Record::new(waiting, self.witness.testimony(from).await?);
        let mut elsewhere = Vec::new();
        for id in record.deferred() {
            if !deferrals.iter().any(|deferral| deferral.id == *id) {
                // Queued after the time in question, or lost.
                elsewhere.extend(self.store.get(id).await?);
            }
        }
        Ok(Report::new(from, to, deferrals, &record, &elsewhere))
    }

    /// Settles a check, with what auditors are told of it and what the usage report counts; one that is settled already
    /// stays as it is.
    pub(crate) async fn settle(
        &self,
        deferral: &Deferral,
        outcome: Outcome,
        hand: Option<Hand>,
    ) -> Result<Deferral, Reason> {
        let (state, reason, answer) = match outcome {
            Outcome::Answered(answer) => (State::Answered, None, Some(*answer)),
            Outcome::Refused(reason) => (State::Refused, Some(reason), None),
            Outcome::Abandoned(reason) => (State::Abandoned, reason, None),
        };
        let check = (state == State::Answered).then(|| Check {
            key: Key::of_check_in(&deferral.check_in_id),
            day: day_in_japan(deferral.verified_at),
            counter_id: Some(deferral.counter_id.clone()),
            kind: Kind::Card,
            medium: Some(deferral.medium),
            method: Some(deferral.method),
        });
        let settlement = Settlement {
            state,
            at: self.now(),
            reason,
            answer,
            told: event(Action::EligibilityReconciled, deferral, reason, hand),
            check,
        };
        let settled = self.store.settle(&deferral.id, settlement).await?;
        settled
            .map(|(settled, _)| settled)
            .ok_or(Reason::DeferralNotFound)
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        to_microsecond(self.clock.now())
    }

    /// Before that moment nothing is asked any more.
    pub(crate) fn too_old(&self, deferral: &Deferral) -> bool {
        self.now() - deferral.queued_at > Duration::days(self.options.give_up_days.into())
    }
}

/// How a check ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Box<Answer>),
    Refused(Reason),
    Abandoned(Option<Reason>),
}

fn event(action: Action, deferral: &Deferral, reason: Option<Reason>, hand: Option<Hand>) -> Event {
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
        reason,
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
        let told = event(Action::EligibilityDeferred, &deferral, Some(because), None);
        self.store.put(deferral, proof, self.options.max_open, told).await
    }
}
