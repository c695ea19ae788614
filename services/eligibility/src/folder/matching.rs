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

/// The better, the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    let found = &result.record.insurances;
    if let Standing::Over(Some(answered)) = visit.standing {
        let each = answered
            .iter()
            .flat_map(|one| found.iter().map(move |other| again(one, other)));
        return best(each);
    }
    match visit.expected {
        Some(expected) => best(found.iter().map(|one| same(expected, one))),
        None => Fit::Possible,
    }
}

fn best(fits: impl Iterator<Item = Fit>) -> Fit {
    fits.min().unwrap_or(Fit::No)
}

/// Whether two results are one person's. Insurer and number are a family's, and twins have one date of birth: where a branch
/// number is missing nobody knows.
fn again(one: &Insurance, other: &Insurance) -> Fit {
    let family = (&one.insurer_number, &one.number, one.birth_date)
        == (&other.insurer_number, &other.number, other.birth_date);
    let branch = same_branch(one.branch_number.as_deref(), other.branch_number.as_deref());
    match branch {
        _ if one.number.is_empty() || !family => Fit::No,
        Some(true) => Fit::Proven,
        None => Fit::Possible,
        Some(false) => Fit::No,
    }
}

/// Whether two branch numbers are one, however many zeros they are written with; none where one of them is missing.
fn same_branch(one: Option<&str>, other: Option<&str>) -> Option<bool> {
    let (one, other) = (one?.trim(), other?.trim());
    Some(one.trim_start_matches('0') == other.trim_start_matches('0'))
}

/// Everything that is expected must hold; a number with its branch, or a name, prove the person together with the date of
/// birth.
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
        same_branch(expected.branch_number.as_deref(), found.branch_number.as_deref()),
        expected
            .reference_number
            .as_ref()
            .map(|number| found.reference_number.as_ref() == Some(number)),
    ];
    if agree.contains(&Some(false)) {
        return Fit::No;
    }
    let [birth, kana, insurer, number, branch, reference] = agree.map(|agrees| agrees == Some(true));
    match reference || (insurer && number && branch && birth) || (birth && kana) {
        true => Fit::Proven,
        false => Fit::Possible,
    }
}

#[cfg(test)]
mod tests;
