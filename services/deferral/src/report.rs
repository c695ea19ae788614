//! Holds the queue against the audit chain: what was put off, what became of it, and whether anything is missing.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi_core::DeferralId;
use madoguchi_core::audit::Action;
use madoguchi_core::deferral::{Deferral, State};
use time::OffsetDateTime;

use crate::{CheckEvent, Testimony};

/// How many checks stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Wait for the service.
    pub open: u64,
    /// Were answered.
    pub answered: u64,
    /// Were refused: staff have to look.
    pub refused: u64,
    /// Nobody asks any more.
    pub abandoned: u64,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.open + self.answered + self.refused + self.abandoned
    }

    fn of(deferrals: &[Deferral]) -> Self {
        let count = |state| {
            let those = deferrals.iter().filter(|deferral| deferral.state == state);
            those.count().try_into().unwrap_or(u64::MAX)
        };
        Self {
            open: count(State::Open),
            answered: count(State::Answered),
            refused: count(State::Refused),
            abandoned: count(State::Abandoned),
        }
    }
}

/// What auditors were told of checks, or are to be told: the chain, and what waits to be carried into it.
#[derive(Debug)]
pub(crate) struct Record {
    since: Option<OffsetDateTime>,
    chain: Vec<CheckEvent>,
    waiting: Vec<CheckEvent>,
}

impl Record {
    /// What waited has to be read first: it may have been carried meanwhile, and is then in the chain.
    pub(crate) fn new(mut waiting: Vec<CheckEvent>, testimony: Testimony) -> Self {
        let names = testimony.events.iter().filter_map(|event| event.told.as_ref());
        let names: BTreeSet<_> = names.collect();
        waiting.retain(|event| event.told.as_ref().is_none_or(|name| !names.contains(name)));
        Self {
            since: testimony.since,
            chain: testimony.events,
            waiting,
        }
    }

    fn about(&self, action: Action) -> impl Iterator<Item = &DeferralId> {
        let events = self.chain.iter().chain(&self.waiting);
        events
            .filter(move |event| event.action == action)
            .map(|event| &event.deferral_id)
    }

    /// The checks that were put off.
    pub(crate) fn deferred(&self) -> impl Iterator<Item = &DeferralId> {
        self.about(Action::EligibilityDeferred)
    }
}

/// What became of the checks that were queued in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// First moment.
    pub from: OffsetDateTime,
    /// First moment after it.
    pub to: OffsetDateTime,
    /// How many stand where.
    pub counts: Counts,
    /// Each check, without its answer, oldest first.
    pub deferrals: Vec<Deferral>,
    /// Since when the audit chain can be asked; none where it is empty.
    pub witnessed_from: Option<OffsetDateTime>,
    /// Checks of before that: the chain says nothing of them any more.
    pub unexamined: u64,
    /// Checks that the audit chain knows, or is yet to be told of, and the queue does not: lost.
    pub lost: Vec<DeferralId>,
    /// Checks that the queue holds and the audit chain neither knows nor is to be told of: somebody put them there.
    pub unwitnessed: Vec<DeferralId>,
    /// Checks of which the audit chain is yet to be told something: that waits on disk and counts as told here. Only where
    /// the chain is in another database; for long only where that cannot be written.
    pub untold: Vec<DeferralId>,
    /// Checks that were settled more than once, or of which queue and chain say different things.
    pub contradictory: Vec<DeferralId>,
}

impl Report {
    /// `elsewhere` are the checks of the record that were not queued in that time.
    pub(crate) fn new(
        from: OffsetDateTime,
        to: OffsetDateTime,
        deferrals: Vec<Deferral>,
        record: &Record,
        elsewhere: &[Deferral],
    ) -> Self {
        let known: BTreeSet<&DeferralId> = deferrals.iter().chain(elsewhere).map(|one| &one.id).collect();
        let told: BTreeSet<&DeferralId> = record.deferred().collect();
        let mut settled = BTreeMap::<&DeferralId, usize>::new();
        for id in record.about(Action::EligibilityReconciled) {
            *settled.entry(id).or_default() += 1;
        }
        let contradicts = |deferral: &&&Deferral| {
            let expected = usize::from(deferral.state != State::Open);
            settled.get(&deferral.id).copied().unwrap_or_default() != expected
        };
        let can_be_asked = |one: &&Deferral| record.since.is_some_and(|since| one.queued_at >= since);
        let examined: Vec<&Deferral> = deferrals.iter().filter(can_be_asked).collect();
        let ids = |those: Vec<&DeferralId>| those.into_iter().cloned().collect();
        let unwitnessed = examined.iter().map(|one| &one.id).filter(|id| !told.contains(id));
        let contradictory = examined.iter().filter(contradicts).map(|one| &one.id);
        let waiting: BTreeSet<_> = record.waiting.iter().map(|event| &event.deferral_id).collect();
        let untold = deferrals
            .iter()
            .map(|one| &one.id)
            .filter(|id| waiting.contains(id));
        Self {
            from,
            to,
            counts: Counts::of(&deferrals),
            witnessed_from: record.since,
            unexamined: u64::try_from(deferrals.len() - examined.len()).unwrap_or(u64::MAX),
            lost: ids(told.difference(&known).copied().collect()),
            unwitnessed: ids(unwitnessed.collect()),
            untold: ids(untold.collect()),
            contradictory: ids(contradictory.collect()),
            deferrals,
        }
    }

    /// The same, with only that which an earlier reading found too.
    pub(crate) fn confirmed_by(mut self, earlier: &Self) -> Self {
        self.lost.retain(|id| earlier.lost.contains(id));
        self.unwitnessed.retain(|id| earlier.unwitnessed.contains(id));
        self.untold.retain(|id| earlier.untold.contains(id));
        self.contradictory.retain(|id| earlier.contradictory.contains(id));
        self
    }

    /// Whether queue and chain agree.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lost.is_empty() && self.unwitnessed.is_empty() && self.contradictory.is_empty()
    }
}

#[cfg(test)]
mod tests;
