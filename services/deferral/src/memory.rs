//! A queue for tests, with what the audit chain says of it.

use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::{CheckInId, DeferralId, Reason};
use time::OffsetDateTime;

use crate::{DeferralStore, Query, Settlement, Witness, Witnessed};

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
    events: Vec<Event>,
}

#[derive(Debug)]
struct Row {
    deferral: Deferral,
    proof: Option<Proof>,
    witnessed: Option<State>,
}

impl MemoryDeferrals {
    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that auditors were told.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.with(|kept| kept.events.clone())
    }
}

impl Kept {
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
    async fn put(&self, deferral: Deferral, proof: Proof, max_open: u32) -> Result<Deferral, Reason> {
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
                witnessed: None,
            });
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
            Some((row.deferral.clone(), changed))
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

    async fn unwitnessed(&self, limit: u32) -> Result<Vec<Deferral>, Reason> {
        let found = self.with(|kept| kept.filtered(|row| row.witnessed != Some(row.deferral.state)));
        Ok(first(found, limit))
    }

    async fn mark_witnessed(&self, id: &DeferralId, state: State) -> Result<(), Reason> {
        self.with(|kept| {
            if let Some(row) = kept.row(id) {
                row.witnessed = Some(state);
            }
        });
        Ok(())
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
        self.with(|kept| kept.events.push(event));
        Ok(())
    }
}

#[async_trait]
impl Witness for MemoryDeferrals {
    async fn witnessed_since(&self, _: OffsetDateTime) -> Result<Vec<Witnessed>, Reason> {
        Ok(self.with(|kept| {
            let events = (1..).zip(&kept.events);
            let about = events.filter(|(_, event)| {
                matches!(
                    event.action,
                    Action::EligibilityDeferred | Action::EligibilityReconciled
                )
            });
            about
                .filter_map(|(sequence, event)| {
                    Some(Witnessed {
                        sequence,
                        action: event.action,
                        deferral_id: event.deferral_id.clone()?,
                    })
                })
                .collect()
        }))
    }
}
