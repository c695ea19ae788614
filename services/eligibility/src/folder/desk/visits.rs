//! The visits at the desk: those that are open, and those that are over and could still be whose a result is.

use std::time::Duration;

use madoguchi_core::eligibility::{Insurance, Person};
use madoguchi_core::{ChallengeId, CheckInId, Reason};
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::super::StoredResult;
use super::super::matching::{LEAD, Open, Standing};

/// Visits that may be remembered at once.
const MAX: usize = 1_024;

/// A visit takes no longer.
const VISIT: Duration = Duration::from_secs(15 * 60);
/// Stands for all visits of an earlier process. No challenge is called so.
const UNKNOWN: &str = "of-an-earlier-process";

pub(super) type Reply = oneshot::Sender<Result<StoredResult, Reason>>;

pub(super) struct Visit {
    pub(super) challenge: ChallengeId,
    pub(super) visit: Option<CheckInId>,
    since: OffsetDateTime,
    expected: Option<Person>,
    stage: Stage,
}

enum Stage {
    /// It has a challenge and does not wait yet; nobody need say that it never will.
    Begun {
        expires_at: OffsetDateTime,
    },
    Waiting(Reply),
    /// It gets nothing any more. What came could be its, so that it still stands in others' way.
    Over {
        at: OffsetDateTime,
        answered: Option<Vec<Insurance>>,
    },
}

/// All of them.
pub(super) struct Visits {
    all: Vec<Visit>,
    window: Duration,
}

impl Visits {
    /// Visits of an earlier process are not known, and what comes could be theirs: where there was one a short while ago,
    /// they stand in the way as one that could have been anybody's.
    pub(super) fn new(
        window: Duration,
        last_visit_at: Option<OffsetDateTime>,
        opened_at: OffsetDateTime,
    ) -> Self {
        let is_recent = last_visit_at.is_some_and(|at| opened_at < at + VISIT + window);
        let unknown = ChallengeId::new(UNKNOWN).ok().filter(|_| is_recent);
        let earlier = unknown.map(|challenge| Visit {
            challenge,
            visit: None,
            since: opened_at - VISIT - window,
            expected: None,
            stage: Stage::Over {
                at: opened_at,
                answered: None,
            },
        });
        Self {
            all: earlier.into_iter().collect(),
            window,
        }
    }

    fn find(&mut self, challenge: &ChallengeId) -> Option<&mut Visit> {
        self.all.iter_mut().find(|visit| visit.challenge == *challenge)
    }

    pub(super) fn begin(
        &mut self,
        challenge: ChallengeId,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), Reason> {
        // None is pushed out: one that is not remembered would leave its result to another.
        if self.all.len() >= MAX {
            return Err(Reason::Overloaded);
        }
        self.all.push(Visit {
            challenge,
            visit: None,
            since: now,
            expected: None,
            stage: Stage::Begun { expires_at },
        });
        Ok(())
    }

    pub(super) fn wait(
        &mut self,
        challenge: &ChallengeId,
        visit: Option<CheckInId>,
        expected: Option<Person>,
        reply: Reply,
        now: OffsetDateTime,
    ) {
        // The challenge may be of an earlier process.
        if self.find(challenge).is_none()
            && let Err(reason) = self.begin(challenge.clone(), now, now)
        {
            // Who asked may have gone.
            let _ = reply.send(Err(reason));
            return;
        }
        if let Some(open) = self.find(challenge) {
            open.visit = visit;
            open.expected = expected;
            open.stage = Stage::Waiting(reply);
        }
    }

    /// Where it stands in the list that [`Visits::open`] makes.
    pub(super) fn position(&self, challenge: &ChallengeId) -> Option<usize> {
        self.all.iter().position(|visit| visit.challenge == *challenge)
    }

    pub(super) fn get(&self, at: usize) -> Option<&Visit> {
        self.all.get(at)
    }

    pub(super) fn end(&mut self, challenge: &ChallengeId, now: OffsetDateTime) {
        if let Some(visit) = self.find(challenge)
            && !matches!(visit.stage, Stage::Over { .. })
        {
            visit.stage = Stage::Over {
                at: now,
                answered: None,
            };
        }
    }

    /// A visit has its result: whoever waits for it goes on, and what else comes of the same person is known to be its.
    pub(super) fn answer(&mut self, of: impl Fn(&Visit) -> bool, result: &StoredResult, now: OffsetDateTime) {
        let Some(visit) = self.all.iter_mut().find(|visit| of(visit)) else {
            return;
        };
        let over = Stage::Over {
            at: now,
            answered: Some(result.record.insurances.clone()),
        };
        if let Stage::Waiting(reply) = std::mem::replace(&mut visit.stage, over) {
            let _ = reply.send(Ok(result.clone()));
        }
    }

    /// Ends those that nobody waits for any more, and forgets those that are over where they can stand in nobody's way:
    /// a result that could be theirs is none of a visit that is open now, or of one that begins now.
    pub(super) fn tidy(&mut self, now: OffsetDateTime) {
        for visit in &mut self.all {
            let at = match &visit.stage {
                Stage::Begun { expires_at } if *expires_at < now => *expires_at,
                Stage::Waiting(reply) if reply.is_closed() => now,
                _ => continue,
            };
            visit.stage = Stage::Over { at, answered: None };
        }
        let is_open = |visit: &&Visit| !matches!(visit.stage, Stage::Over { .. });
        let first = self.all.iter().filter(is_open).map(|visit| visit.since).min();
        let first = first.map_or(now, |first| first.min(now));
        let window = self.window;
        self.all.retain(|visit| match visit.stage {
            Stage::Over { at, .. } => first <= at + window + LEAD,
            Stage::Begun { .. } | Stage::Waiting(_) => true,
        });
    }

    /// For the judgement.
    pub(super) fn open(&self) -> Vec<Open<'_>> {
        let open = self.all.iter().map(|visit| {
            let (standing, until) = match &visit.stage {
                Stage::Begun { .. } => (Standing::Begun, None),
                Stage::Waiting(_) => (Standing::Waiting, None),
                Stage::Over { at, answered } => {
                    (Standing::Over(answered.as_deref()), Some(*at + self.window))
                }
            };
            Open {
                since: visit.since,
                until,
                expected: visit.expected.as_ref(),
                standing,
            }
        });
        open.collect()
    }
}
