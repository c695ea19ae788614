//! Who owns the visits and the results, gives what is certain and leaves the rest to staff.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use madoguchi_core::certificate::Outcome;
use madoguchi_core::eligibility::{Basis, Insurance, Person, Unmatched};
use madoguchi_core::{ChallengeId, CheckInId, Clock, Reason, ResultId};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::super::blocking::Blocking;
use super::super::health::Health;
use super::super::matching::{Verdict, decide};
use super::super::{Options, ResultStore, StoredResult};
use super::look::Look;
use super::results::Results;
use super::visits::{Reply, Visits};
use crate::{Record, cut};

pub(super) enum Order {
    Begin {
        challenge: ChallengeId,
        expires_at: OffsetDateTime,
        reply: oneshot::Sender<Result<(), Reason>>,
    },
    Wait {
        challenge: ChallengeId,
        visit: Option<CheckInId>,
        expected: Option<Person>,
        reply: Reply,
    },
    /// The visit is over; says whether results were there that could have been its.
    Leave(ChallengeId, Option<oneshot::Sender<bool>>),
    Unmatched(oneshot::Sender<Vec<Unmatched>>),
    Assign(ResultId, CheckInId, Reply),
}

/// What an earlier process left.
pub(super) struct Earlier {
    /// Results that were given to nobody.
    pub(super) waiting: Vec<StoredResult>,
    /// When something last happened in a visit.
    pub(super) last_visit_at: Option<OffsetDateTime>,
}

pub(super) struct Clerk {
    pub(super) options: Options,
    pub(super) store: Arc<dyn ResultStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) health: Arc<Health>,
    pub(super) blocking: Blocking,
    pub(super) looked: HashMap<String, Look>,
    pub(super) overfull: bool,
    visits: Visits,
    pub(super) results: Results,
    /// Results that the store may have kept though it did not say so.
    pub(super) unsure: HashSet<ResultId>,
}

impl Clerk {
    pub(super) fn new(
        options: Options,
        store: Arc<dyn ResultStore>,
        clock: Arc<dyn Clock>,
        health: Arc<Health>,
        earlier: Earlier,
    ) -> Self {
        Self {
            visits: Visits::new(options.window, earlier.last_visit_at, clock.now()),
            results: Results::new(earlier.waiting, options.max_age),
            unsure: HashSet::new(),
            options,
            store,
            clock,
            health,
            blocking: Blocking::default(),
            looked: HashMap::new(),
            overfull: false,
        }
    }

    pub(super) async fn run(mut self, mut tray: mpsc::Receiver<Order>, ending: CancellationToken) {
        let mut ticks = interval(self.options.poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => break,
                order = tray.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => break,
                },
                _ = ticks.tick() => self.look().await,
            }
            self.settle().await;
        }
    }

    async fn obey(&mut self, order: Order) {
        let now = self.clock.now();
        match order {
            Order::Begin {
                challenge,
                expires_at,
                reply,
            } => {
                // Who asked may have gone, here and below.
                let _ = reply.send(self.visits.begin(challenge, expires_at, now));
            }
            Order::Wait {
                challenge,
                visit,
                expected,
                reply,
            } => self.wait(challenge, visit, expected, reply).await,
            Order::Leave(challenge, reply) => {
                let at = self.visits.position(&challenge);
                let doubtful = self.verdicts().iter().any(|verdict| match verdict {
                    Verdict::Ask(_, those) => at.is_some_and(|at| those.contains(&at)),
                    Verdict::Give(_) | Verdict::Hold => false,
                });
                self.visits.end(&challenge, now);
                if let Some(reply) = reply {
                    let _ = reply.send(doubtful);
                }
            }
            Order::Unmatched(reply) => {
                let _ = reply.send(self.unmatched());
            }
            Order::Assign(result, visit, reply) => {
                let given = self.give(&result, &visit).await;
                if let Ok(given) = &given {
                    let of = |one: &super::visits::Visit| one.visit.as_ref() == Some(&visit);
                    self.visits.answer(of, given, now);
                }
                let _ = reply.send(given);
            }
        }
    }

    async fn wait(
        &mut self,
        challenge: ChallengeId,
        visit: Option<CheckInId>,
        expected: Option<Person>,
        reply: Reply,
    ) {
        let now = self.clock.now();
        // Staff may have been faster than the visit.
        let given = match &visit {
            Some(visit) => self.store.given_to(visit).await,
            None => Ok(None),
        };
        self.visits.wait(&challenge, visit, expected, reply, now);
        match given {
            Ok(Some(given)) => self.visits.answer(|one| one.challenge == challenge, &given, now),
            Ok(None) => {}
            Err(reason) => tracing::warn!(reason = reason.code(), "what a visit was given cannot be read"),
        }
    }

    async fn give(&mut self, result: &ResultId, visit: &CheckInId) -> Result<StoredResult, Reason> {
        let given = self.store.give(result, visit).await?;
        self.results.remove(result);
        given.ok_or(Reason::ResultNotFound)
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let (visits, results) = (self.visits.open(), self.results.loose());
        decide(&visits, &results, self.options.settle, self.clock.now())
    }

    /// Gives what is certain.
    pub(super) async fn settle(&mut self) {
        let now = self.clock.now();
        self.visits.tidy(now);
        self.results.tidy(now);
        let mut certain = Vec::new();
        for (verdict, result) in self.verdicts().into_iter().zip(self.results.iter()) {
            if let Verdict::Give(at) = verdict
                && let Some(open) = self.visits.get(at)
            {
                certain.push((result.id.clone(), open.challenge.clone(), open.visit.clone()));
            }
        }
        for (result, challenge, visit) in certain {
            // A caller without a visit is known by its challenge.
            let Some(visit) = visit.or_else(|| CheckInId::new(challenge.as_str()).ok()) else {
                continue;
            };
            match self.give(&result, &visit).await {
                Ok(given) => self.visits.answer(|one| one.challenge == challenge, &given, now),
                Err(reason) => {
                    tracing::warn!(reason = reason.code(), "a result could not be given to its visit")
                }
            }
        }
    }

    fn unmatched(&self) -> Vec<Unmatched> {
        let now = self.clock.now();
        let waiting = self.results.iter().zip(self.verdicts());
        waiting
            .filter_map(|(result, verdict)| match verdict {
                Verdict::Ask(why, those) => {
                    let ids = those.iter().filter_map(|at| self.visits.get(*at)?.visit.clone());
                    Some(Unmatched {
                        id: result.id.clone(),
                        confirmed_at: result.record.processing.executed_at,
                        found_at: result.found_at,
                        why,
                        candidates: ids.collect(),
                        insurances: without_consent(result.record.clone(), now),
                    })
                }
                Verdict::Give(_) | Verdict::Hold => None,
            })
            .collect()
    }
}

/// What staff see of a result to tell whose it is: the insurances, cut as for nobody's consent.
fn without_consent(record: Record, at: OffsetDateTime) -> Vec<Insurance> {
    cut(record, Basis::TerminalResult, Outcome::EligibilityOnly, None, at).insurances
}

#[cfg(test)]
mod tests;
