//! A queue for tests, with what the audit chain says of it.

use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::{Audit, Event};
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::{CheckInId, DeferralId, EventId, Reason};
use madoguchi_usage::Check;
use time::OffsetDateTime;

use crate::{CheckEvent, DeferralStore, Query, Settlement, Testimony, Witness};

/// A queue in memory, gone with the test. It is the audit chain too.
#[derive(Debug, Default)]
pub struct MemoryDeferrals {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    kept: std::sync::Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    rows: Vec<Row>,
    events: Vec<Told>,
    /// Events that wait to be carried into the chain; none where they need not wait.
    waiting: Option<Vec<Told>>,
    checks: Vec<Check>,
}

#[derive(Debug)]
struct Told {
    name: EventId,
    at: OffsetDateTime,
    event: Event,
}

impl Told {
    fn new(at: OffsetDateTime, event: Event) -> Self {
        Self {
            name: EventId::generate(),
            at,
            event,
        }
    }
}

#[derive(Debug)]
struct Row {
    deferral: Deferral,
    proof: Option<Proof>,
}

impl MemoryDeferrals {
    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that auditors were told.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.with(|kept| kept.events.iter().map(|told| told.event.clone()).collect())
    }

    /// Everything that the usage report counts.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        self.with(|kept| kept.checks.clone())
    }

    /// From now on what comes with a row waits, as where the audit chain is in another database.
    pub fn let_wait(&self) {
        self.with(|kept| kept.waiting = Some(Vec::new()));
    }

    /// Carries what waits into the chain; nothing waits any more.
    pub fn carry(&self) {
        self.with(|kept| {
            let waited = kept.waiting.take().unwrap_or_default();
            kept.events.extend(waited);
        });
    }

    /// An event that no row of the queue came with.
    pub fn tell(&self, at: OffsetDateTime, event: Event) {
        self.with(|kept| kept.events.push(Told::new(at, event)));
    }
}

impl Kept {
    fn told(&mut self, at: OffsetDateTime, event: Event) {
        self.waiting
            .as_mut()
            .unwrap_or(&mut self.events)
            .push(Told::new(at, event));
    }

    fn row(&mut self, id: &DeferralId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.deferral.id == *id)
    }

    fn filtered(&self, wanted: impl Fn(&Row) -> bool) -> Vec<Deferral> {
        let rows = self.rows.iter().filter(|row| wanted(row));
        let mut found: Vec<_> = rows.map(|row| row.deferral.clone()).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }
}

fn first(mut found: Vec<Deferral>, limit: u32) -> Vec<Deferral> {
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    found
}

#[async_trait]
impl DeferralStore for MemoryDeferrals {
    async fn put(
        &self,
        deferral: Deferral,
        proof: Proof,
        max_open: u32,
        told: Event,
    ) -> Result<Deferral, Reason> {
        self.with(|kept| {
            let earlier = kept
                .rows
                .iter()
                .find(|row| row.deferral.check_in_id == deferral.check_in_id);
            if let Some(earlier) = earlier {
                return Ok(earlier.deferral.clone());
            }
            let open = kept.rows.iter().filter(|row| row.deferral.state == State::Open);
            if open.count() >= usize::try_from(max_open).unwrap_or(usize::MAX) {
                return Err(Reason::Overloaded);
            }
            kept.rows.push(Row {
                deferral: deferral.clone(),
                proof: Some(proof),
            });
            kept.told(deferral.queued_at, told);
            Ok(deferral)
        })
    }

    async fn next(&self, limit: u32) -> Result<Vec<(Deferral, Proof)>, Reason> {
        Ok(self.with(|kept| {
            let open = kept.rows.iter().filter(|row| row.deferral.state == State::Open);
            let mut open: Vec<_> = open
                .filter_map(|row| Some((row.deferral.clone(), row.proof.clone()?)))
                .collect();
            open.sort_by(|(a, _), (b, _)| (a.attempt_count, &a.id).cmp(&(b.attempt_count, &b.id)));
            open.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            open
        }))
    }

    async fn attempted(&self, id: &DeferralId, reason: Reason) -> Result<(), Reason> {
        self.with(|kept| {
            if let Some(row) = kept.row(id) {
                row.deferral.attempt_count += 1;
                row.deferral.last_reason = Some(reason);
            }
        });
        Ok(())
    }

    async fn settle(
        &self,
        id: &DeferralId,
        settlement: Settlement,
    ) -> Result<Option<(Deferral, bool)>, Reason> {
        Ok(self.with(|kept| {
            let row = kept.row(id)?;
            let changed = row.deferral.state == State::Open;
            if changed {
                row.deferral.state = settlement.state;
                row.deferral.settled_at = Some(settlement.at);
                row.deferral.last_reason = settlement.reason;
                row.deferral.answer = settlement.answer;
                row.deferral.attempt_count += u32::from(settlement.state != State::Abandoned);
                row.proof = None;
            }
            let settled = row.deferral.clone();
            if changed {
                kept.told(settlement.at, settlement.told);
                kept.checks.extend(settlement.check);
            }
            Some((settled, changed))
        }))
    }

    async fn get(&self, id: &DeferralId) -> Result<Option<Deferral>, Reason> {
        Ok(self.with(|kept| kept.row(id).map(|row| row.deferral.clone())))
    }

    async fn of_check_in(&self, id: &CheckInId) -> Result<Option<Deferral>, Reason> {
        Ok(self.with(|kept| kept.filtered(|row| row.deferral.check_in_id == *id).pop()))
    }

    async fn list(&self, query: Query) -> Result<Vec<Deferral>, Reason> {
        let found = self.with(|kept| {
            kept.filtered(|row| {
                query.state.is_none_or(|state| row.deferral.state == state)
                    && query.after.as_ref().is_none_or(|after| row.deferral.id > *after)
            })
        });
        Ok(first(found, query.limit))
    }

    async fn queued_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<Vec<Deferral>, Reason> {
        let mut found = self.with(|kept| kept.filtered(|row| (from..to).contains(&row.deferral.queued_at)));
        found.iter_mut().for_each(|deferral| deferral.answer = None);
        Ok(found)
    }

    async fn untold(&self) -> Result<Vec<CheckEvent>, Reason> {
        Ok(self.with(|kept| check_events(kept.waiting.iter().flatten())))
    }

    async fn forget_answers(&self, settled_before: OffsetDateTime) -> Result<(), Reason> {
        self.with(|kept| {
            for row in &mut kept.rows {
                if row.deferral.settled_at.is_some_and(|at| at < settled_before) {
                    row.deferral.answer = None;
                }
            }
        });
        Ok(())
    }
}

#[async_trait]
impl Audit for MemoryDeferrals {
    async fn append(&self, event: Event) -> Result<(), Reason> {
        self.tell(OffsetDateTime::UNIX_EPOCH, event);
        Ok(())
    }
}

#[async_trait]
impl Witness for MemoryDeferrals {
    async fn testimony(&self, from: OffsetDateTime) -> Result<Testimony, Reason> {
        Ok(self.with(|kept| Testimony {
            since: kept.events.first().map(|told| told.at),
            events: check_events(kept.events.iter().filter(|told| told.at >= from)),
        }))
    }
}

fn check_events<'a>(events: impl Iterator<Item = &'a Told>) -> Vec<CheckEvent> {
    let named = |told: &Told| CheckEvent::of(Some(told.name.clone()), told.event.clone());
    events.filter_map(named).collect()
}
