//! What every [`CheckStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::{CallerId, CounterId, Medium, Method, RequestId};
use time::Date;
use time::macros::date;

use crate::{Check, CheckStore, Group, Kept, Key, Kind, Report};

/// A card check that the request of that name tells of.
///
/// # Panics
/// Where the name is no id.
#[must_use]
pub fn check(name: &str, day: Date) -> Check {
    let caller = CallerId::new("spiffe://clinic.example/emr").unwrap();
    Check {
        key: Key::of_request(&caller, &RequestId::new(name).unwrap()),
        day,
        counter_id: CounterId::new("counter-1").ok(),
        kind: Kind::Card,
        medium: Some(Medium::Card),
        method: Some(Method::Face),
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn check_store(store: &dyn CheckStore) {
    let (first, second) = (date!(2026 - 11 - 22), date!(2026 - 11 - 23));
    assert_eq!(store.counts(first, second).await, Ok(vec![]));
    let card = check("a", first);
    assert_eq!(store.keep(card.clone()).await, Ok(Kept::New));
    assert_eq!(store.keep(card.clone()).await, Ok(Kept::Known));
    // Each field tells two checks apart.
    for other in [
        Check {
            day: second,
            ..card.clone()
        },
        Check {
            counter_id: None,
            ..card.clone()
        },
        Check {
            kind: Kind::Other,
            ..card.clone()
        },
        Check {
            medium: Some(Medium::IPhone),
            ..card.clone()
        },
        Check {
            method: None,
            ..card.clone()
        },
    ] {
        assert_eq!(store.keep(other).await, Ok(Kept::Other));
    }
    assert_eq!(store.keep(check("b", first)).await, Ok(Kept::New));
    assert_eq!(store.keep(check("c", second)).await, Ok(Kept::New));
    for (index, kind) in Kind::ALL.into_iter().enumerate() {
        let number = Check {
            kind,
            counter_id: None,
            medium: None,
            method: None,
            ..check(&format!("n{index}"), second)
        };
        assert_eq!(store.keep(number).await, Ok(Kept::New));
    }
    let counts = store.counts(first, first).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), 2);
    assert!(
        counts
            .iter()
            .all(|count| count.day == first && count.kind == Kind::Card)
    );
    let counts = store.counts(first, second).await.unwrap();
    let report = Report::new(
        &counts,
        &[Group::Day, Group::Counter, Group::Medium, Group::Method],
    );
    let rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| {
            (
                row.cell.day,
                row.cell.counter.as_deref(),
                row.cell.medium,
                row.cell.method,
                row.checks,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (Some(first), Some("counter-1"), Some("card"), Some("face"), 2),
            (Some(second), None, Some("none"), Some("none"), 4),
            (Some(second), Some("counter-1"), Some("card"), Some("face"), 1),
        ]
    );
    assert_eq!((report.total.card_checks, report.total.all_checks), (4, 7));
}
