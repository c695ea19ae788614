//! The ministry's own tables, to the digit: 厚生労働省 open data of July 2025, by facility and prefecture.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is wrong")]

use std::collections::BTreeMap;

use madoguchi_core::{CounterId, Medium, Method};
use madoguchi_usage::{Count, Group, Kind, Rate, Report};
use time::macros::date;

const TABLE: &str = include_str!("usage_2025_07.csv");

struct Line {
    facility: &'static str,
    prefecture: &'static str,
    rate: &'static str,
    card: u64,
    all: u64,
}

fn lines() -> Vec<Line> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            Line {
                facility: fields[0],
                prefecture: fields[1],
                rate: fields[2],
                card: fields[3].parse().unwrap(),
                all: fields[4].parse().unwrap(),
            }
        })
        .collect()
}

fn rate(card: u64, all: u64) -> String {
    Rate::of(card, all).unwrap().to_string()
}

#[test]
fn every_row_comes_out_to_the_digit() {
    let lines = lines();
    assert_eq!(lines.len(), 188);
    // Rounding down or up would miss most of them, so that the tables do tell which rounding it is.
    let (mut down, mut up) = (0, 0);
    for line in &lines {
        let (facility, prefecture) = (line.facility, line.prefecture);
        assert_eq!(rate(line.card, line.all), line.rate, "{facility} {prefecture}");
        let published: u64 = line.rate.replace('.', "").parse().unwrap();
        down += usize::from(10_000 * line.card / line.all == published);
        up += usize::from((10_000 * line.card).div_ceil(line.all) == published);
    }
    assert_eq!((down, up), (114, 74));
}

#[test]
fn the_totals_come_out_of_the_report() {
    let mut counts = Vec::new();
    for line in lines() {
        let count = |kind, count| Count {
            day: date!(2025 - 07 - 31),
            counter_id: CounterId::new(line.facility).ok(),
            kind,
            medium: (kind == Kind::Card).then_some(Medium::Card),
            method: (kind == Kind::Card).then_some(Method::Face),
            count,
        };
        counts.push(count(Kind::Card, line.card));
        counts.push(count(Kind::Number, line.all - line.card));
    }
    let report = Report::new(&counts, &[Group::Counter]);
    let total = &report.total;
    assert_eq!((total.card_checks, total.all_checks), (78_097_667, 248_498_271));
    assert_eq!(total.rate().unwrap().to_string(), "31.43");
    let rates: BTreeMap<_, _> = report
        .rows
        .iter()
        .map(|row| {
            (
                row.cell.counter.as_deref().unwrap(),
                row.rate().unwrap().to_string(),
            )
        })
        .collect();
    let expected = [
        ("hospital", "50.87"),
        ("clinic", "29.45"),
        ("dentist", "43.35"),
        ("pharmacy", "27.22"),
    ];
    assert_eq!(
        rates,
        expected
            .map(|(facility, rate)| (facility, rate.to_owned()))
            .into()
    );
}

#[test]
fn the_trial_with_phones_comes_out_too() {
    assert_eq!(rate(73_982, 146_102), "50.64");
    let count = |medium, count| Count {
        day: date!(2025 - 07 - 31),
        counter_id: None,
        kind: Kind::Card,
        medium: Some(medium),
        method: Some(Method::Pin),
        count,
    };
    let counts = [count(Medium::Card, 73_982 - 398), count(Medium::IPhone, 398)];
    let report = Report::new(&counts, &[Group::Medium]);
    assert_eq!(report.rows[1].share().unwrap().to_string(), "0.54");
}
