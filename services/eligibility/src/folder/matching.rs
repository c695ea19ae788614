//! Whose result is it? By time and person, and never by guessing.

use std::time::Duration;

use madoguchi_core::eligibility::{Insurance, Person, Why};
use time::OffsetDateTime;

use crate::Record;
use crate::observed::full_width;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// The person is the expected one.
    Proven,
    /// Nothing speaks against it.
    Possible,
    /// Another person, or another time.
    No,
}

/// A verdict on each result, in order. A visit gets a result only where it is the only one that can be it, visits that
/// are over included, and the result the only one that can be its.
pub(super) fn decide(
    visits: &[Open<'_>],
    results: &[Loose<'_>],
    settle: Duration,
    now: OffsetDateTime,
) -> Vec<Verdict> {
    let candidates: Vec<Vec<usize>> = results.iter().map(|result| candidates(visits, result)).collect();
    let claims = |visit: usize| candidates.iter().filter(|those| those.contains(&visit)).count();
    let verdict = |result: &Loose<'_>, those: &[usize]| match those {
        [] => {
            let in_time = |visit: &Open<'_>| !visit.is_over() && near(visit, result);
            match visits.iter().any(in_time) {
                true => Verdict::Ask(Why::OtherPerson, Vec::new()),
                false => Verdict::Ask(Why::NoVisit, Vec::new()),
            }
        }
        [one] if claims(*one) > 1 => Verdict::Ask(Why::SeveralResults, vec![*one]),
        [one] => {
            let standing = visits.get(*one).map(|visit| visit.standing);
            match standing.filter(|_| result.at.is_some()) {
                Some(Standing::Waiting) if result.found_at + settle <= now => Verdict::Give(*one),
                Some(Standing::Waiting | Standing::Begun) => Verdict::Hold,
                Some(Standing::Over(_)) | None => Verdict::Ask(Why::NoVisit, vec![*one]),
            }
        }
        several => Verdict::Ask(Why::SeveralVisits, several.to_vec()),
    };
    let each = results.iter().zip(&candidates);
    each.map(|(result, those)| verdict(result, those)).collect()
}

/// The visits that a result could be of: those whose person is proven, where there are any, and of these the open ones,
/// because it is the same person's either way.
fn candidates(visits: &[Open<'_>], result: &Loose<'_>) -> Vec<usize> {
    let fits: Vec<Fit> = visits.iter().map(|visit| fit(visit, result)).collect();
    let of = |wanted: Fit, over: bool| {
        let those = fits.iter().zip(visits).enumerate();
        let those = those.filter(move |(_, (fit, visit))| **fit == wanted && (over || !visit.is_over()));
        those.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let steps = [(Fit::Proven, false), (Fit::Proven, true), (Fit::Possible, true)];
    let mut found = steps.into_iter().map(|(wanted, over)| of(wanted, over));
    found.find(|those| !those.is_empty()).unwrap_or_default()
}

fn near(visit: &Open<'_>, result: &Loose<'_>) -> bool {
    result
        .at
        .is_none_or(|at| at + LEAD >= visit.since && visit.until.is_none_or(|until| at <= until))
}

fn fit(visit: &Open<'_>, result: &Loose<'_>) -> Fit {
    if !near(visit, result) {
        return Fit::No;
    }
    let insurances = &result.record.insurances;
    if let Standing::Over(Some(answered)) = visit.standing {
        let again = |one: &Insurance| answered.iter().any(|other| same_number(one, other));
        return match insurances.iter().any(again) {
            true => Fit::Proven,
            false => Fit::No,
        };
    }
    let Some(expected) = visit.expected else {
        return Fit::Possible;
    };
    let mut best = Fit::No;
    for insurance in insurances {
        match same(expected, insurance) {
            Fit::Proven => return Fit::Proven,
            Fit::Possible => best = Fit::Possible,
            Fit::No => {}
        }
    }
    best
}

/// Two results of one person. Only the branch number (枝番) tells twins of one family apart.
fn same_number(one: &Insurance, other: &Insurance) -> bool {
    let key = |one: &Insurance| {
        (
            one.insurer_number.clone(),
            one.number.clone(),
            one.branch_number.clone(),
            one.birth_date,
        )
    };
    !one.number.is_empty() && key(one) == key(other)
}

/// Everything that is expected must hold; a number, or name and birth date together, prove the person.
fn same(expected: &Person, found: &Insurance) -> Fit {
    let kana = expected.name_kana.as_deref().map(full_width);
    let agree = [
        expected.birth_date.map(|date| found.birth_date == Some(date)),
        kana.map(|kana| found.name_kana.as_ref() == Some(&kana)),
        expected
            .insurer_number
            .as_ref()
            .map(|number| *number == found.insurer_number),
        expected.number.as_ref().map(|number| *number == found.number),
        expected
            .reference_number
            .as_ref()
            .map(|number| found.reference_number.as_ref() == Some(number)),
    ];
    if agree.contains(&Some(false)) {
        return Fit::No;
    }
    let [birth, kana, insurer, number, reference] = agree.map(|agrees| agrees == Some(true));
    match reference || (insurer && number && birth) || (birth && kana) {
        true => Fit::Proven,
        false => Fit::Possible,
    }
}

#[cfg(test)]
mod tests;
