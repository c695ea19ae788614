//! What every [`ServiceStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::reader::OutOfService;
use madoguchi_core::{ReaderId, StaffId};
use time::macros::datetime;

use crate::ServiceStore;

fn word(note: &str) -> OutOfService {
    OutOfService {
        since: datetime!(2026-11-22 09:00:00.123456 UTC),
        staff_id: StaffId::new("nurse-7").unwrap(),
        note: note.to_owned(),
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn service_store(store: &dyn ServiceStore) {
    let canon = ReaderId::new("canon:C-1").unwrap();
    let almex = ReaderId::new("almex:A#1").unwrap();
    let (first, second) = (word("cracked glass"), word(""));
    assert_eq!(store.out_of_service().await, Ok(vec![]));
    assert_eq!(store.put_back(&canon).await, Ok(false));
    assert_eq!(store.take_out(&canon, first.clone()).await, Ok(()));
    assert_eq!(store.take_out(&almex, second.clone()).await, Ok(()));
    let both = vec![(almex.clone(), second.clone()), (canon.clone(), first)];
    assert_eq!(store.out_of_service().await, Ok(both), "in the order of the ids");

    // The last word holds.
    assert_eq!(store.take_out(&canon, second.clone()).await, Ok(()));
    assert_eq!(store.put_back(&almex).await, Ok(true));
    assert_eq!(store.put_back(&almex).await, Ok(false));
    assert_eq!(store.out_of_service().await, Ok(vec![(canon, second)]));
}
