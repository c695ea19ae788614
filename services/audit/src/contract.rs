//! What every [`EntryStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::check_in::{VisualCause, VisualCheck};
use madoguchi_core::{
    CallerId, CheckInId, CounterId, DeferralId, DriverId, Medium, Method, ReaderId, Reason, StaffId,
};
use time::macros::datetime;

use crate::{EntryStore, Head, verify_chain};

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn entry_store(store: &dyn EntryStore) {
    assert_eq!(store.entries(0, 10).await, Ok(vec![]));
    let full = Event {
        action: Action::Authenticated,
        caller: Some(CallerId::new("spiffe://clinic/emr").unwrap()),
        counter_id: Some(CounterId::new("counter-1").unwrap()),
        authentication_id: None,
        check_in_id: Some(CheckInId::generate()),
        medium: Some(Medium::IPhone),
        method: Some(Method::Device),
        reason: Some(Reason::SignatureInvalid),
        visual_check: Some(VisualCheck {
            confirmed: true,
            staff_id: StaffId::new("staff-7").unwrap(),
            cause: Some(VisualCause::CannotUseReader),
        }),
        reader_id: Some(ReaderId::new("canon:C-1").unwrap()),
        driver_id: Some(DriverId::new("canon").unwrap()),
        staff_id: Some(StaffId::new("staff-8").unwrap()),
        deferral_id: Some(DeferralId::generate()),
    };
    let at = datetime!(2026-11-22 09:00:00.123456 UTC);
    let first = store.append(at, full.clone()).await.unwrap();
    assert_eq!((first.sequence, first.recorded_at, &first.event), (1, at, &full));
    // A clock that was set back changes nothing about the order.
    let second = store
        .append(datetime!(2020-01-01 0:00 UTC), Event::new(Action::CheckInEnded))
        .await
        .unwrap();
    let third = store.append(at, full).await.unwrap();

    // What goes in comes out, and hangs together.
    let all = store.entries(0, 10).await.unwrap();
    assert_eq!(all, [first.clone(), second.clone(), third.clone()]);
    assert_eq!(verify_chain(None, &all), Ok(Some(Head::of(&third))));
    assert_eq!(store.entries(0, 2).await, Ok(vec![first.clone(), second.clone()]));
    assert_eq!(store.entries(1, 1).await, Ok(vec![second]));
    assert_eq!(store.entries(3, 10).await, Ok(vec![]));
}
