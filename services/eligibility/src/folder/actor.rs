//! The desk where results wait for their visits: one task that owns both, and looks at `face`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::certificate::Outcome;
use madoguchi_core::eligibility::{Availability, Basis, Insurance, Person, Source, Status, Unmatched};
use madoguchi_core::{ChallengeId, CheckInId, Clock, Reason, ResultId};
use ring::digest;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::blocking::Blocking;
use super::matching::{Loose, Open, Verdict, decide};
use super::{Options, ResultStore, StoredResult, files};
use crate::observed::read;
use crate::xml::{Broken, parse};
use crate::{Record, cut};

/// Orders that may wait for the desk.
const ORDERS: usize = 256;
/// Visits that may be open at once.
const MAX_OPEN: usize = 1_024;
/// How long an answer of the desk may take.
const PATIENCE: Duration = Duration::from_secs(10);

enum Order {
    Begin(ChallengeId),
    Wait {
        challenge: ChallengeId,
        visit: Option<CheckInId>,
        expected: Option<Person>,
        reply: oneshot::Sender<StoredResult>,
    },
    /// The visit is over; says whether results were there that could have been its.
    Leave(ChallengeId, Option<oneshot::Sender<bool>>),
    Unmatched(oneshot::Sender<Vec<Unmatched>>),
    Assign(ResultId, CheckInId, oneshot::Sender<Result<StoredResult, Reason>>),
}

/// A visit that is open.
struct Visit {
    challenge: ChallengeId,
    visit: Option<CheckInId>,
    since: OffsetDateTime,
    expected: Option<Person>,
    reply: Option<oneshot::Sender<StoredResult>>,
}

/// A handle of the desk.
#[derive(Clone)]
pub(super) struct Desk {
    orders: mpsc::Sender<Order>,
    status: Arc<watch::Sender<Status>>,
    store: Arc<dyn ResultStore>,
    clock: Arc<dyn Clock>,
}

/// Tells the desk when a visit does not wait any more, however it ended.
struct Leaving<'a> {
    desk: &'a Desk,
    challenge: Option<ChallengeId>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(challenge) = self.challenge.take() {
            // A desk with a full tray notices by itself that nobody listens.
            let _ = self.desk.orders.try_send(Order::Leave(challenge, None));
        }
    }
}

impl Desk {
    pub(super) async fn open(
        options: Options,
        store: Arc<dyn ResultStore>,
        clock: Arc<dyn Clock>,
        ending: CancellationToken,
    ) -> Result<Self, Reason> {
        let results = store.waiting().await?;
        let (orders, tray) = mpsc::channel(ORDERS);
        let status = Status {
            availability: Availability::Unknown,
            ..Status::always(Source::Folder)
        };
        let desk = Self {
            orders,
            status: Arc::new(watch::Sender::new(status)),
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
        };
        let clerk = Clerk {
            options,
            store,
            clock,
            blocking: Blocking::default(),
            visits: Vec::new(),
            results,
            looked: HashMap::new(),
            status: Arc::clone(&desk.status),
        };
        tokio::spawn(clerk.run(tray, ending));
        Ok(desk)
    }

    async fn order(&self, order: Order) -> Result<(), Reason> {
        let sent = timeout(PATIENCE, self.orders.send(order)).await;
        sent.map_err(|_| Reason::Overloaded)?
            .map_err(|_| Reason::GatewayShuttingDown)
    }

    async fn answer<T>(&self, answer: oneshot::Receiver<T>) -> Result<T, Reason> {
        let answered = timeout(PATIENCE, answer).await;
        answered
            .map_err(|_| Reason::Overloaded)?
            .map_err(|_| Reason::GatewayShuttingDown)
    }

    pub(super) async fn begin(&self, challenge: ChallengeId) -> Result<(), Reason> {
        self.order(Order::Begin(challenge)).await
    }

    pub(super) async fn leave(&self, challenge: ChallengeId) {
        // Where the desk is gone there is nothing to leave.
        let _ = self.order(Order::Leave(challenge, None)).await;
    }

    pub(super) async fn wait(
        &self,
        challenge: ChallengeId,
        visit: Option<CheckInId>,
        expected: Option<Person>,
        deadline: Duration,
    ) -> Result<StoredResult, Reason> {
        let mut leaving = Leaving {
            desk: self,
            challenge: Some(challenge.clone()),
        };
        let (reply, mut result) = oneshot::channel();
        self.order(Order::Wait {
            challenge: challenge.clone(),
            visit,
            expected,
            reply,
        })
        .await?;
        match timeout(deadline, &mut result).await {
            Ok(Ok(result)) => {
                leaving.challenge = None;
                return Ok(result);
            }
            Ok(Err(_)) => return Err(Reason::GatewayShuttingDown),
            Err(_) => {}
        }
        leaving.challenge = None;
        let (reply, doubtful) = oneshot::channel();
        self.order(Order::Leave(challenge, Some(reply))).await?;
        let doubtful = self.answer(doubtful).await?;
        // It may have come in the very last moment.
        match result.try_recv() {
            Ok(result) => Ok(result),
            Err(_) if doubtful => Err(Reason::EligibilityAmbiguous),
            Err(_) => Err(Reason::EligibilityUnavailable),
        }
    }

    pub(super) async fn unmatched(&self) -> Result<Vec<Unmatched>, Reason> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Unmatched(reply)).await?;
        self.answer(answer).await
    }

    pub(super) async fn assign(&self, result: ResultId, visit: CheckInId) -> Result<StoredResult, Reason> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Assign(result, visit, reply)).await?;
        self.answer(answer).await?
    }

    pub(super) async fn given_to(&self, visit: &CheckInId) -> Result<Option<StoredResult>, Reason> {
        self.store.given_to(visit).await
    }

    pub(super) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Notes how a question ended.
    pub(super) fn note(&self, failed: Option<Reason>) {
        note(&self.status, failed, self.clock.now());
    }
}

fn note(status: &watch::Sender<Status>, failed: Option<Reason>, at: OffsetDateTime) {
    status.send_modify(|status| match failed {
        Some(Reason::EligibilityUnavailable) => {
            status.availability = Availability::Away;
            status.consecutive_failures = status.consecutive_failures.saturating_add(1);
            status.last_failure_at = Some(at);
            status.last_failure = failed;
        }
        // An answer, though not the one that was hoped for.
        _ => {
            status.availability = Availability::Available;
            status.consecutive_failures = 0;
            status.last_success_at = Some(at);
        }
    });
}

/// How a file was found at the last look.
enum Look {
    /// So long and not yet read: it may still grow.
    Growing(files::Seen),
    /// Read; it is not read again unless it changes.
    Done(files::Seen),
}

/// Who owns the visits and the results.
struct Clerk {
    options: Options,
    store: Arc<dyn ResultStore>,
    clock: Arc<dyn Clock>,
    blocking: Blocking,
    visits: Vec<Visit>,
    results: Vec<StoredResult>,
    looked: HashMap<String, Look>,
    status: Arc<watch::Sender<Status>>,
}

impl Clerk {
    async fn run(mut self, mut tray: mpsc::Receiver<Order>, ending: CancellationToken) {
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
        match order {
            Order::Begin(challenge) => self.begin(challenge),
            Order::Wait {
                challenge,
                visit,
                expected,
                reply,
            } => {
                if !self.visits.iter().any(|open| open.challenge == challenge) {
                    self.begin(challenge.clone());
                }
                if let Some(open) = self.visits.iter_mut().find(|open| open.challenge == challenge) {
                    open.visit = visit;
                    open.expected = expected;
                    open.reply = Some(reply);
                }
            }
            Order::Leave(challenge, reply) => {
                let verdicts = self.verdicts();
                let at = self.visits.iter().position(|open| open.challenge == challenge);
                let doubtful = verdicts.iter().any(|verdict| match verdict {
                    Verdict::Ask(_, those) => at.is_some_and(|at| those.contains(&at)),
                    Verdict::Give(_) | Verdict::Hold => false,
                });
                self.visits.retain(|open| open.challenge != challenge);
                if let Some(reply) = reply {
                    // Who asked may have gone.
                    let _ = reply.send(doubtful);
                }
            }
            Order::Unmatched(reply) => {
                let _ = reply.send(self.unmatched());
            }
            Order::Assign(result, visit, reply) => {
                let given = self.give(&result, &visit).await;
                if let Ok(given) = &given {
                    let waits = self
                        .visits
                        .iter_mut()
                        .find(|open| open.visit.as_ref() == Some(&visit));
                    if let Some(sender) = waits.and_then(|open| open.reply.take()) {
                        let _ = sender.send(given.clone());
                    }
                    self.visits.retain(|open| open.visit.as_ref() != Some(&visit));
                }
                let _ = reply.send(given);
            }
        }
    }

    fn begin(&mut self, challenge: ChallengeId) {
        if self.visits.len() >= MAX_OPEN {
            // The oldest is the likeliest to be abandoned.
            self.visits.remove(0);
        }
        self.visits.push(Visit {
            challenge,
            visit: None,
            since: self.clock.now(),
            expected: None,
            reply: None,
        });
    }

    async fn give(&mut self, result: &ResultId, visit: &CheckInId) -> Result<StoredResult, Reason> {
        let given = self.store.give(result, visit).await?;
        self.results.retain(|waiting| waiting.id != *result);
        given.ok_or(Reason::ResultNotFound)
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let visits: Vec<_> = self
            .visits
            .iter()
            .map(|visit| Open {
                since: visit.since,
                expected: visit.expected.as_ref(),
                waits: visit.reply.as_ref().is_some_and(|reply| !reply.is_closed()),
            })
            .collect();
        let results: Vec<_> = self
            .results
            .iter()
            .map(|result| Loose {
                found_at: result.found_at,
                record: &result.record,
            })
            .collect();
        let now = self.clock.now();
        decide(&visits, &results, self.options.window, self.options.settle, now)
    }

    /// Gives what is certain.
    async fn settle(&mut self) {
        let now = self.clock.now();
        let window = self.options.window;
        self.visits.retain(|visit| {
            let gone = visit.reply.as_ref().is_some_and(oneshot::Sender::is_closed);
            !gone && (visit.reply.is_some() || now <= visit.since + window)
        });
        if self.results.is_empty() {
            return;
        }
        let mut certain = Vec::new();
        for (verdict, result) in self.verdicts().into_iter().zip(&self.results) {
            if let Verdict::Give(visit) = verdict {
                certain.push((result.id.clone(), visit));
            }
        }
        let mut done = Vec::new();
        for (result, at) in certain {
            let Some(open) = self.visits.get(at) else { continue };
            let challenge = open.challenge.clone();
            // A caller without a visit is known by its challenge.
            let Some(visit) = open
                .visit
                .clone()
                .or_else(|| CheckInId::new(challenge.as_str()).ok())
            else {
                continue;
            };
            match self.give(&result, &visit).await {
                Ok(given) => {
                    let open = self.visits.iter_mut().find(|open| open.challenge == challenge);
                    if let Some(reply) = open.and_then(|open| open.reply.take()) {
                        let _ = reply.send(given);
                    }
                    done.push(challenge);
                }
                Err(reason) => {
                    tracing::warn!(reason = reason.code(), "a result could not be given to its visit")
                }
            }
        }
        self.visits.retain(|open| !done.contains(&open.challenge));
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

    /// Looks at the folder once, and reads what has come and does not grow any more.
    async fn look(&mut self) {
        let folder = self.options.face.clone();
        let listed = self
            .blocking
            .run(move || files::list(&folder, "OQSsiquc01res_face_", ".xml"))
            .await;
        let seen = match listed {
            Ok(Ok(seen)) => seen,
            Ok(Err(_)) | Err(_) => {
                return note(
                    &self.status,
                    Some(Reason::EligibilityUnavailable),
                    self.clock.now(),
                );
            }
        };
        if self.status.borrow().availability != Availability::Available {
            note(&self.status, None, self.clock.now());
        }
        self.looked
            .retain(|name, _| seen.iter().any(|file| file.name == *name));
        for file in seen {
            match self.looked.get(&file.name) {
                Some(Look::Done(before)) if *before == file => {}
                Some(Look::Growing(before)) if *before == file => {
                    if self.take(&file).await {
                        self.looked.insert(file.name.clone(), Look::Done(file));
                    }
                }
                _ => {
                    self.looked.insert(file.name.clone(), Look::Growing(file));
                }
            }
        }
    }

    /// Reads one file; says whether it is done with it.
    async fn take(&mut self, file: &files::Seen) -> bool {
        let age = file.changed.and_then(|changed| changed.elapsed().ok());
        if age.is_some_and(|age| age > self.options.max_age) {
            return true;
        }
        let path = self.options.face.join(&file.name);
        let work = move || {
            let bytes = files::read(&path)?;
            Some((
                hex::encode(digest::digest(&digest::SHA256, &bytes)),
                parse(&bytes),
            ))
        };
        let Ok(Some((hash, parsed))) = self.blocking.run(work).await else {
            return false;
        };
        let (Ok(id), found_at) = (ResultId::new(hash), self.clock.now()) else {
            return true;
        };
        let record = match parsed {
            Ok(root) => read(&root),
            // It is looked at until it is whole, or too old.
            Err(Broken::Incomplete | Broken::NotXml) => return false,
            Err(broken) => {
                tracing::warn!(problem = %broken, "a file of the terminal's is no result");
                return true;
            }
        };
        let record = match record {
            Ok(record) => record,
            Err(unreadable) => {
                tracing::warn!(problem = %unreadable, "a result of the terminal's reader gives no answer");
                return true;
            }
        };
        let result = StoredResult { id, found_at, record };
        match self.store.keep(result.clone()).await {
            Ok(true) => self.results.push(result),
            Ok(false) => tracing::debug!("a result that was seen before"),
            Err(reason) => {
                tracing::error!(
                    reason = reason.code(),
                    "a result could not be kept; it is read again"
                );
                return false;
            }
        }
        true
    }
}

/// What staff see of a result to tell whose it is: the insurances, cut as for nobody's consent.
fn without_consent(record: Record, at: OffsetDateTime) -> Vec<Insurance> {
    cut(record, Basis::TerminalResult, Outcome::EligibilityOnly, None, at).insurances
}
