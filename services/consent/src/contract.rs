//! What every [`ReceiptStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::consent::{CaptureMethod, Decision, Item, Receipt};
use madoguchi_core::{CheckInId, CounterId, ReceiptId};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::ReceiptStore;

/// A receipt of a new visit.
#[must_use]
pub fn receipt(recorded_at: OffsetDateTime) -> Receipt {
    let granted = [true, false, true, false];
    let decisions = Item::ALL.into_iter().zip(granted);
    Receipt {
        id: ReceiptId::generate(),
        check_in_id: CheckInId::generate(),
        counter_id: CounterId::new("counter-1").unwrap(),
        certificate_thumbprint: "ab".repeat(32),
        decisions: decisions
            .map(|(item, granted)| Decision { item, granted })
            .collect(),
        wording_version: "2026-12".to_owned(),
        language: "ja".to_owned(),
        method: CaptureMethod::Client,
        recorded_at,
    }
}

/// What auditors are told of a receipt.
#[must_use]
pub fn told(receipt: &Receipt) -> Event {
    Event {
        check_in_id: Some(receipt.check_in_id.clone()),
        ..Event::new(Action::ConsentRecorded)
    }
}

/// Runs the whole suite.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn receipt_store(store: &dyn ReceiptStore) {
    let first = receipt(datetime!(2026-11-22 09:00:00.123456 UTC));
    let other = receipt(datetime!(2026-11-22 09:00:01 UTC));
    assert_eq!(store.get(&first.id).await, Ok(None));
    assert_eq!(store.list(&first.check_in_id).await, Ok(vec![]));

    // What goes in comes out, to the microsecond.
    assert_eq!(store.insert(first.clone(), told(&first)).await, Ok(first.clone()));
    assert_eq!(store.insert(other.clone(), told(&other)).await, Ok(other.clone()));
    assert_eq!(store.get(&first.id).await, Ok(Some(first.clone())));
    assert_eq!(store.list(&first.check_in_id).await, Ok(vec![first.clone()]));

    // A second receipt of the visit does not replace the first.
    let mut again = first.clone();
    again.id = ReceiptId::generate();
    again
        .decisions
        .iter_mut()
        .for_each(|decision| decision.granted = true);
    assert_eq!(store.insert(again.clone(), told(&again)).await, Ok(first.clone()));
    assert_eq!(store.get(&again.id).await, Ok(None));
    assert_eq!(store.list(&first.check_in_id).await, Ok(vec![first]));
    assert_eq!(store.get(&other.id).await, Ok(Some(other)));
}
