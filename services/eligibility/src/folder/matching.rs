//! Whose result is it? By time and person, and never by guessing.

use std::time::Duration;

use madoguchi_core::eligibility::{Insurance, Person, Why};
use time::OffsetDateTime;

use super::identity::{Fit, again, expected};
use crate::Record;

/// A patient may be at the terminal's reader a little before the visit begins, and two clocks differ a little.
pub(super) const LEAD: Duration = Duration::from_secs(30);

/// A visit that a result could belong to.
pub(super) struct Open<'a> {
    pub(super) since: OffsetDateTime,
    /// Until when a result could be its; one that is open has no end yet.
    pub(super) until: Option<OffsetDateTime>,
    pub(super) expected: Option<&'a Person>,
    pub(super) standing: Standing<'a>,
}

/// How far a visit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// It does not wait for its result yet.
    Begun,
    Waiting,
    /// It gets nothing any more. Who left without a result may still be whose a result is; of one that has its result,
    /// the person is known.
    Over(Option<&'a [Insurance]>),
}

impl Open<'_> {
    const fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Over(_))
    }
}

/// A result that belongs to nobody yet.
pub(super) struct Loose<'a> {
    /// When the terminal made it; where nobody knows, it could be any visit's, and is given to none.
    pub(super) at: Option<OffsetDateTime>,
    pub(super) found_at: OffsetDateTime,
    pub(super) record: &'a Record,
}

/// What is to be done with a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is that visit's.
    Give(usize),
    /// It will be that visit's, once it waits and nothing else has come.
    Hold,
    /// Staff decide; these visits could be it.
    Ask(Why, Vec<usize>),
}

/// A verdict on each result, in order. A visit gets a result only where it is the only one that can be it, visits that
/// are over included, and the result the only one that can be its.
pub(super) fn decide(
    visits: &[Open<'_>],
    results: &[Loose<'_>],
    settle: Duration,
    now: OffsetDateTime,
) -> Vec<Verdict> {
    let claims: Vec<Claim> = results.iter().map(|result| claim(visits, result)).collect();
    // A result whose person is proven is not put in doubt by one that only might be the visit's too.
    let rivals = |visit: usize, fit: Fit| {
        let same = |claim: &&Claim| claim.visits.contains(&visit) && (fit != Fit::Proven || claim.fit == fit);
        claims.iter().filter(same).count()
    };
    let verdict = |result: &Loose<'_>, claim: &Claim| match *claim.visits.as_slice() {
        [] => {
            let in_time = |visit: &Open<'_>| !visit.is_over() && near(visit, result);
            match visits.iter().any(in_time) {
                true => Verdict::Ask(Why::OtherPerson, Vec::new()),
                false => Verdict::Ask(Why::NoVisit, Vec::new()),
            }
        }
        [one] if claim.fit == Fit::Doubtful => Verdict::Ask(Why::OtherPerson, vec![one]),
        [one] if rivals(one, claim.fit) > 1 => Verdict::Ask(Why::SeveralResults, vec![one]),
        [one] => {
            let standing = visits.get(one).map(|visit| visit.standing);
            match standing.filter(|_| result.at.is_some()) {
                Some(Standing::Waiting) if result.found_at + settle <= now => Verdict::Give(one),
                Some(Standing::Waiting | Standing::Begun) => Verdict::Hold,
                Some(Standing::Over(_)) | None => Verdict::Ask(Why::NoVisit, vec![one]),
            }
        }
        _ => Verdict::Ask(Why::SeveralVisits, claim.visits.clone()),
    };
    let each = results.iter().zip(&claims);
    each.map(|(result, claim)| verdict(result, claim)).collect()
}

/// The visits that a result could be of.
struct Claim {
    /// How well it fits the worst of them.
    fit: Fit,
    visits: Vec<usize>,
}

/// Those whose person is proven, where there are any, and of these the open ones, because it is the same person's either
/// way; else all that are not excluded.
fn claim(visits: &[Open<'_>], result: &Loose<'_>) -> Claim {
    let fits: Vec<Fit> = visits.iter().map(|visit| fit(visit, result)).collect();
    let of = |(least, over): (Fit, bool)| {
        let those = fits.iter().zip(visits).enumerate();
        let those = those.filter(move |(_, (fit, visit))| **fit <= least && (over || !visit.is_over()));
        those.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let steps = [(Fit::Proven, false), (Fit::Proven, true), (Fit::Doubtful, true)];
    let mut found = steps.into_iter().map(of);
    let those = found.find(|those| !those.is_empty()).unwrap_or_default();
    let worst = those.iter().filter_map(|one| fits.get(*one)).max();
    Claim {
        fit: worst.copied().unwrap_or(Fit::No),
        visits: those,
    }
}

fn near(visit: &Open<'_>, result: &Loose<'_>) -> bool {
    result
        .at
        .is_none_or(|at| at + LEAD >= visit.since && visit.until.is_none_or(|until| at <= until))
}

fn fit(visit: &Open<'_>, result: &Loose<'_>) -> Fit {
    let found = &result.record.insurances;
    match (visit.standing, visit.expected) {
        _ if !near(visit, result) => Fit::No,
        (Standing::Over(Some(answered)), _) => again(answered, found),
        (_, Some(person)) => expected(person, found),
        (_, None) => Fit::Possible,
    }
}

#[cfg(test)]
mod tests;
