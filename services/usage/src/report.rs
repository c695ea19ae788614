//! Counts become a report.

use std::collections::BTreeMap;

use madoguchi_core::{CounterId, Medium, Method};
use time::Date;

use crate::{Kind, Rate};

/// How many checks of one sort there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The day in Japan.
    pub day: Date,
    /// Where, where that is known.
    pub counter_id: Option<CounterId>,
    /// What they were made with.
    pub kind: Kind,
    /// What carried the card's certificate.
    pub medium: Option<Medium>,
    /// How the person was verified.
    pub method: Option<Method>,
    /// How many.
    pub count: u64,
}

/// What rows are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A row for each day.
    Day,
    /// A row for each counter.
    Counter,
    /// A row for each medium, and one for the checks without a card.
    Medium,
    /// A row for each way to verify the person, and one for the checks without a card.
    Method,
}

impl Group {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Day, Self::Counter, Self::Medium, Self::Method];

    /// The stable name used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Counter => "counter",
            Self::Medium => "medium",
            Self::Method => "method",
        }
    }

    /// The one of that stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == name)
    }
}

/// What a row is about; what the rows are not made by is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The day.
    pub day: Option<Date>,
    /// The counter; nothing also where it is not known.
    pub counter: Option<String>,
    /// The medium's stable name, `none` without a card.
    pub medium: Option<&'static str>,
    /// The method's stable name, `none` without a card.
    pub method: Option<&'static str>,
}

/// A row of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub cell: Cell,
    /// Checks with a card or phone.
    pub card_checks: u64,
    /// Checks of this row.
    pub checks: u64,
    /// All checks of the row's day and counter: what the rate is of. A medium has no checks without a card to be compared
    /// with.
    pub all_checks: u64,
    /// All card checks of the row's day and counter.
    pub all_card_checks: u64,
}

impl Row {
    /// 利用率: card checks ÷ all checks.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        Rate::of(self.card_checks, self.all_checks)
    }

    /// The row's share of the card checks, such as that of phones.
    #[must_use]
    pub fn share(&self) -> Option<Rate> {
        Rate::of(self.card_checks, self.all_card_checks)
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The rows in order; a report by nothing has none.
    pub rows: Vec<Row>,
    /// All of it.
    pub total: Row,
}

#[derive(Default, Clone, Copy)]
struct Sum {
    card: u64,
    all: u64,
}

impl Sum {
    fn add(&mut self, count: &Count) {
        self.all += count.count;
        if count.kind == Kind::Card {
            self.card += count.count;
        }
    }
}

impl Report {
    /// Makes rows of the counts.
    #[must_use]
    pub fn new(counts: &[Count], by: &[Group]) -> Self {
        let mut rows = BTreeMap::<Cell, Sum>::new();
        let mut wholes = BTreeMap::<Cell, Sum>::new();
        let mut total = Sum::default();
        for count in counts {
            let cell = cell(count, by);
            wholes.entry(whole(&cell)).or_default().add(count);
            rows.entry(cell).or_default().add(count);
            total.add(count);
        }
        let row = |(cell, sum): (Cell, Sum)| {
            let whole = wholes.get(&whole(&cell)).copied().unwrap_or_default();
            Row {
                cell,
                card_checks: sum.card,
                checks: sum.all,
                all_checks: whole.all,
                all_card_checks: whole.card,
            }
        };
        let rows = if by.is_empty() {
            Vec::new()
        } else {
            rows.into_iter().map(row).collect()
        };
        Self {
            rows,
            total: Row {
                cell: Cell::default(),
                card_checks: total.card,
                checks: total.all,
                all_checks: total.all,
                all_card_checks: total.card,
            },
        }
    }
}

fn cell(count: &Count, by: &[Group]) -> Cell {
    let has = |group: Group| by.contains(&group);
    let counter = || count.counter_id.as_ref().map(|id| id.as_str().to_owned());
    Cell {
        day: has(Group::Day).then_some(count.day),
        counter: has(Group::Counter).then(counter).flatten(),
        medium: has(Group::Medium).then(|| count.medium.map_or("none", Medium::as_str)),
        method: has(Group::Method).then(|| count.method.map_or("none", Method::as_str)),
    }
}

/// What a row's rate is of.
fn whole(cell: &Cell) -> Cell {
    Cell {
        medium: None,
        method: None,
        ..cell.clone()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn count(day: Date, counter: &str, medium: Option<Medium>, count: u64) -> Count {
        Count {
            day,
            counter_id: CounterId::new(counter).ok(),
            kind: medium.map_or(Kind::Number, |_| Kind::Card),
            medium,
            method: medium.map(|_| Method::Pin),
            count,
        }
    }

    #[test]
    fn rows_are_made_by_what_was_asked_for() {
        let (first, second) = (date!(2026 - 11 - 22), date!(2026 - 11 - 23));
        let counts = [
            count(first, "1", Some(Medium::Card), 50),
            count(first, "1", Some(Medium::IPhone), 2),
            count(first, "1", None, 48),
            count(first, "2", None, 10),
            count(second, "1", Some(Medium::Card), 1),
        ];
        let report = Report::new(&counts, &[]);
        assert!(report.rows.is_empty());
        assert_eq!((report.total.card_checks, report.total.all_checks), (53, 111));
        assert_eq!(report.total.rate().unwrap().to_string(), "47.75");

        let report = Report::new(&counts, &[Group::Counter, Group::Day]);
        let rows: Vec<_> = report
            .rows
            .iter()
            .map(|row| {
                (
                    row.cell.day.unwrap(),
                    row.cell.counter.as_deref(),
                    row.card_checks,
                    row.all_checks,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                (first, Some("1"), 52, 100),
                (first, Some("2"), 0, 10),
                (second, Some("1"), 1, 1)
            ]
        );

        // A medium's rate is of all checks, its share of the card checks.
        let report = Report::new(&counts[..3], &[Group::Medium]);
        let rows: Vec<_> = report
            .rows
            .iter()
            .map(|row| {
                let said = |rate: Option<Rate>| rate.unwrap().to_string();
                (
                    row.cell.medium.unwrap(),
                    row.checks,
                    said(row.rate()),
                    said(row.share()),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("card", 50, "50.00".to_owned(), "96.15".to_owned()),
                ("iphone", 2, "2.00".to_owned(), "3.85".to_owned()),
                ("none", 48, "0.00".to_owned(), "0.00".to_owned())
            ]
        );
    }
}
