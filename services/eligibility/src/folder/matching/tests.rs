use madoguchi_core::eligibility::Source;
use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use madoguchi_core::eligibility::Validity;

const NOON: OffsetDateTime = datetime!(2026-11-26 12:00 +9);
const SETTLE: Duration = Duration::from_secs(1);

/// A result about the person of that number.
fn record(person: u8) -> Record {
    let insurance = Insurance {
        insurer_number: "06139999".to_owned(),
        number: format!("{person}"),
        branch_number: Some("01".to_owned()),
        name_kana: "アイウエオカ".chars().nth(person.into()).map(String::from),
        birth_date: Some(date!(1980 - 01 - 01)),
        ..Insurance::default()
    };
    Record::new(Source::Folder, Validity::Valid, vec![insurance])
}

fn person(person: u8) -> Person {
    Person {
        insurer_number: Some("06139999".to_owned()),
        number: Some(format!("{person}")),
        branch_number: Some("1".to_owned()),
        birth_date: Some(date!(1980 - 01 - 01)),
        ..Person::default()
    }
}

fn at(seconds: i64) -> OffsetDateTime {
    NOON + time::Duration::seconds(seconds)
}

/// Visits by when they began and whom they expect; results by when they came and whose they are.
fn verdicts(visits: &[(i64, Option<u8>)], results: &[(i64, u8)]) -> Vec<Verdict> {
    let expected: Vec<_> = visits.iter().map(|(_, whom)| whom.map(person)).collect();
    let visits: Vec<_> = visits
        .iter()
        .zip(&expected)
        .map(|((since, _), expected)| Open {
            since: at(*since),
            until: None,
            expected: expected.as_ref(),
            standing: Standing::Waiting,
        })
        .collect();
    let records: Vec<_> = results.iter().map(|(_, whose)| record(*whose)).collect();
    let loose: Vec<_> = results
        .iter()
        .zip(&records)
        .map(|((found, _), record)| Loose {
            at: Some(at(*found)),
            found_at: at(*found),
            record,
        })
        .collect();
    decide(&visits, &loose, SETTLE, at(1_000))
}

#[test]
fn one_visit_and_one_result_are_each_other_s() {
    assert_eq!(verdicts(&[(0, None)], &[(10, 1)]), [Verdict::Give(0)]);
    assert_eq!(verdicts(&[(0, Some(1))], &[(10, 1)]), [Verdict::Give(0)]);
}

#[test]
fn what_is_doubtful_is_asked() {
    let ask = |why, those: &[usize]| Verdict::Ask(why, those.to_vec());
    assert_eq!(
        verdicts(&[(0, None), (5, None)], &[(10, 1)]),
        [ask(Why::SeveralVisits, &[0, 1])]
    );
    let two = [(10, 1), (11, 2)];
    assert_eq!(
        verdicts(&[(0, None)], &two),
        [ask(Why::SeveralResults, &[0]), ask(Why::SeveralResults, &[0])]
    );
    assert_eq!(verdicts(&[], &[(10, 1)]), [ask(Why::NoVisit, &[])]);
    // A visit that takes long is the same visit.
    assert_eq!(verdicts(&[(0, None)], &[(800, 1)]), [Verdict::Give(0)]);
    assert_eq!(verdicts(&[(100, None)], &[(10, 1)]), [ask(Why::NoVisit, &[])]);
    assert_eq!(
        verdicts(&[(0, Some(2))], &[(10, 1)]),
        [ask(Why::OtherPerson, &[0])]
    );
}

#[test]
fn a_person_that_is_proven_settles_what_time_cannot() {
    let given = verdicts(&[(0, Some(1)), (1, Some(2))], &[(10, 2), (11, 1)]);
    assert_eq!(given, [Verdict::Give(1), Verdict::Give(0)]);
    // A birth date alone proves nobody.
    let birth = Person {
        birth_date: Some(date!(1980 - 01 - 01)),
        ..Person::default()
    };
    let record = record(1);
    let open = [waiting(Some(&birth)), waiting(None)];
    let both = decide(&open, &[found(&record)], SETTLE, at(1_000));
    assert_eq!(both, [Verdict::Ask(Why::SeveralVisits, vec![0, 1])]);
}

/// Everybody has that date of birth.
#[test]
fn who_is_expected_by_old_data_still_stands_in_others_way() {
    let ask = |why, those: &[usize]| [Verdict::Ask(why, those.to_vec())];
    // The first has another insurance by now, and her result is not the second's.
    let decided = verdicts(&[(0, Some(1)), (1, None)], &[(10, 2)]);
    assert_eq!(decided, ask(Why::SeveralVisits, &[0, 1]));
    // Her own result is proven, whatever else lies there.
    let decided = verdicts(&[(0, Some(1)), (1, None)], &[(10, 2), (11, 1)]);
    assert_eq!(
        decided,
        [Verdict::Ask(Why::SeveralVisits, vec![0, 1]), Verdict::Give(0)]
    );
    // A result of nobody in particular.
    let nobody = Record::new(Source::Folder, Validity::NotFound, Vec::new());
    let (mine, person) = (record(1), person(1));
    let answered = Open {
        until: Some(at(100)),
        standing: Standing::Over(Some(&mine.insurances)),
        ..waiting(None)
    };
    let decided = |visits: &[Open<'_>]| decide(visits, &[found(&nobody)], SETTLE, at(1_000));
    assert_eq!(
        decided(&[answered, waiting(None)]),
        ask(Why::SeveralVisits, &[0, 1])
    );
    let both = [waiting(Some(&person)), waiting(None)];
    assert_eq!(decided(&both), ask(Why::SeveralVisits, &[0, 1]));
}

const fn waiting(expected: Option<&Person>) -> Open<'_> {
    Open {
        since: NOON,
        until: None,
        expected,
        standing: Standing::Waiting,
    }
}

fn found(record: &Record) -> Loose<'_> {
    Loose {
        at: Some(at(10)),
        found_at: at(10),
        record,
    }
}

#[test]
fn a_result_is_held_until_its_visit_waits_and_nothing_else_has_come() {
    let record = record(1);
    let decided = |standing, now| {
        let visit = Open {
            standing,
            ..waiting(None)
        };
        decide(&[visit], &[found(&record)], SETTLE, at(now))
    };
    assert_eq!(decided(Standing::Begun, 100), [Verdict::Hold]);
    assert_eq!(decided(Standing::Waiting, 10), [Verdict::Hold]);
    assert_eq!(decided(Standing::Waiting, 11), [Verdict::Give(0)]);
}

#[test]
fn a_visit_that_is_over_gets_nothing_and_stands_in_the_way() {
    let (mine, others) = (record(1), record(2));
    let over = |until, answered| Open {
        until: Some(at(until)),
        standing: Standing::Over(answered),
        ..waiting(None)
    };
    let decided = |visits: &[Open<'_>], result| decide(visits, &[found(result)], SETTLE, at(1_000));
    let ask = |why, those: &[usize]| [Verdict::Ask(why, those.to_vec())];
    assert_eq!(decided(&[over(100, None)], &mine), ask(Why::NoVisit, &[0]));
    let both = [over(100, None), waiting(None)];
    assert_eq!(decided(&both, &mine), ask(Why::SeveralVisits, &[0, 1]));
    assert_eq!(
        decided(&[over(5, None), waiting(None)], &mine),
        [Verdict::Give(1)]
    );
    // Of one that was answered it is known whose results are its.
    let answered = [over(100, Some(&mine.insurances)), waiting(None)];
    assert_eq!(decided(&answered, &mine), ask(Why::NoVisit, &[0]));
    assert_eq!(decided(&answered, &others), [Verdict::Give(1)]);
    // The same patient once more: the person is proven.
    let person = person(1);
    let again = [over(100, None), waiting(Some(&person))];
    assert_eq!(decided(&again, &mine), [Verdict::Give(1)]);
}

#[test]
fn a_result_that_nobody_knows_the_time_of_is_given_to_nobody() {
    let record = record(1);
    let timeless = Loose {
        at: None,
        ..found(&record)
    };
    let person = person(1);
    let decided = decide(&[waiting(Some(&person))], &[timeless], SETTLE, at(1_000));
    assert_eq!(decided, [Verdict::Ask(Why::NoVisit, vec![0])]);
}

proptest! {
    #[test]
    fn a_result_never_goes_to_a_visit_that_could_be_wrong(
        visits in prop::collection::vec((0i64..400, prop::option::of(0u8..4)), 0..5),
        results in prop::collection::vec((0i64..600, 0u8..4), 0..5),
    ) {
        let given = verdicts(&visits, &results);
        let near = |since: i64, found: i64| found + 30 >= since;
        let mut taken = Vec::new();
        for (verdict, (found, whose)) in given.iter().zip(&results) {
            let Verdict::Give(to) = verdict else { continue };
            let (since, expected) = visits[*to];
            prop_assert!(near(since, *found), "another time");
            prop_assert!(expected.is_none_or(|whom| whom == *whose), "another person");
            prop_assert!(!taken.contains(to), "two results for one visit");
            taken.push(*to);
            let could = visits.iter().filter(|(since, whom)| near(*since, *found) && whom.is_none_or(|whom| whom == *whose));
            let proven = visits.iter().filter(|(since, whom)| near(*since, *found) && *whom == Some(*whose));
            prop_assert!(could.count() == 1 || proven.count() == 1, "another visit could be it");
        }
    }
}
