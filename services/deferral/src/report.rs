//! Holds the queue against the audit chain: what was put off, what became of it, and whether anything is missing.

use std::collections::BTreeSet;

use madoguchi_core::DeferralId;
use madoguchi_core::audit::Action;
use madoguchi_core::deferral::{Deferral, State};
use time::OffsetDateTime;

use crate::Witnessed;

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
    /// Checks that the audit chain knows and the queue does not: lost.
    pub lost: Vec<DeferralId>,
    /// Checks that the queue holds and the audit chain does not: somebody put them there.
    pub unwitnessed: Vec<DeferralId>,
    /// Checks that were settled more than once, or were settled by the chain and are open in the queue.
    pub contradictory: Vec<DeferralId>,
}

/// The checks that the chain says were put off.
pub(crate) fn deferred(events: &[Witnessed]) -> impl Iterator<Item = &DeferralId> {
    events
        .iter()
        .filter(|event| event.action == Action::EligibilityDeferred)
        .map(|event| &event.deferral_id)
}

impl Report {
    /// `events` are those of the chain since `from`; `elsewhere` are the checks among them that were not queued in
    /// that time; of the `untold` the chain is still to be told.
    pub(crate) fn new(
        from: OffsetDateTime,
        to: OffsetDateTime,
        deferrals: Vec<Deferral>,
        events: &[Witnessed],
        elsewhere: &[Deferral],
        untold: &[Deferral],
    ) -> Self {
        let known: BTreeSet<&DeferralId> = deferrals.iter().chain(elsewhere).map(|one| &one.id).collect();
        let told: BTreeSet<&DeferralId> = deferred(events).collect();
        let settled = |id: &DeferralId| {
            let settled = events
                .iter()
                .filter(|event| event.action == Action::EligibilityReconciled);
            settled.filter(|event| event.deferral_id == *id).count()
        };
        let is_told = |deferral: &&Deferral| untold.iter().all(|one| one.id != deferral.id);
        let contradicts = |deferral: &&Deferral| {
            let expected = usize::from(deferral.state != State::Open);
            settled(&deferral.id) != expected
        };
        let ids = |those: Vec<&DeferralId>| those.into_iter().cloned().collect();
        let lost = ids(told.difference(&known).copied().collect());
        let unwitnessed = deferrals
            .iter()
            .filter(is_told)
            .map(|deferral| &deferral.id)
            .filter(|id| !told.contains(id));
        let contradictory = deferrals
            .iter()
            .filter(is_told)
            .filter(contradicts)
            .map(|deferral| &deferral.id);
        Self {
            from,
            to,
            counts: Counts::of(&deferrals),
            lost,
            unwitnessed: ids(unwitnessed.collect()),
            contradictory: ids(contradictory.collect()),
            deferrals,
        }
    }

    /// Whether queue and chain agree.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lost.is_empty() && self.unwitnessed.is_empty() && self.contradictory.is_empty()
    }
}
