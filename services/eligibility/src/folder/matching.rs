//! Whose result is it? By time and person, and never by guessing.

use std::time::Duration;

use madoguchi_core::eligibility::{Insurance, Person, Why};
use time::OffsetDateTime;

use crate::Record;
use crate::observed::full_width;

/// A patient may be at the terminal's reader a little before the visit begins.
const LEAD: Duration = Duration::from_secs(30);

/// A visit that a result could belong to.
pub(super) struct Open<'a> {
    pub(super) since: OffsetDateTime,
    pub(super) expected: Option<&'a Person>,
    /// Whether it waits for its result already.
    pub(super) waits: bool,
}

/// A result that belongs to nobody yet.
pub(super) struct Loose<'a> {
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

/// A verdict on each result, in order. A visit gets a result only where it is the only one that can be it, and the
/// result the only one that can be its.
pub(super) fn decide(
    visits: &[Open<'_>],
    results: &[Loose<'_>],
    window: Duration,
    settle: Duration,
    now: OffsetDateTime,
) -> Vec<Verdict> {
    let fits: Vec<Vec<Fit>> = results
        .iter()
        .map(|result| visits.iter().map(|visit| fit(visit, result, window)).collect())
        .collect();
    let candidates: Vec<Vec<usize>> = fits.iter().map(|fits| candidates(fits)).collect();
    let claims = |visit: usize| candidates.iter().filter(|those| those.contains(&visit)).count();
    results
        .iter()
        .zip(&candidates)
        .map(|(result, those)| match those.as_slice() {
            [] => {
                let in_time = |visit: &Open<'_>| near(visit, result, window);
                match visits.iter().any(in_time) {
                    true => Verdict::Ask(Why::OtherPerson, Vec::new()),
                    false => Verdict::Ask(Why::NoVisit, Vec::new()),
                }
            }
            [one] if claims(*one) > 1 => Verdict::Ask(Why::SeveralResults, vec![*one]),
            [one] => {
                let waits = visits.get(*one).is_some_and(|visit| visit.waits);
                match waits && result.found_at + settle <= now {
                    true => Verdict::Give(*one),
                    false => Verdict::Hold,
                }
            }
            several => Verdict::Ask(Why::SeveralVisits, several.to_vec()),
        })
        .collect()
}

/// The visits that a result could be of: those whose person is proven, where there are any.
fn candidates(fits: &[Fit]) -> Vec<usize> {
    let of = |wanted: Fit| {
        let those = fits.iter().enumerate().filter(|(_, fit)| **fit == wanted);
        those.map(|(index, _)| index).collect::<Vec<_>>()
    };
    match of(Fit::Proven) {
        proven if proven.is_empty() => of(Fit::Possible),
        proven => proven,
    }
}

fn near(visit: &Open<'_>, result: &Loose<'_>, window: Duration) -> bool {
    result.found_at + LEAD >= visit.since && result.found_at <= visit.since + window
}

fn fit(visit: &Open<'_>, result: &Loose<'_>, window: Duration) -> Fit {
    if !near(visit, result, window) {
        return Fit::No;
    }
    let Some(expected) = visit.expected else {
        return Fit::Possible;
    };
    let fits = result
        .record
        .insurances
        .iter()
        .map(|insurance| same(expected, insurance));
    let mut best = Fit::No;
    for fit in fits {
        match fit {
            Fit::Proven => return Fit::Proven,
            Fit::Possible => best = Fit::Possible,
            Fit::No => {}
        }
    }
    best
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
