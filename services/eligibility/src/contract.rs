//! What every [`ChallengeStore`] and [`RegistrationStore`] keeps to. The store in memory and each database run the same suite.

use madoguchi_core::eligibility::Challenge;
use madoguchi_core::{ChallengeId, Reason};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::{ChallengeStore, RegistrationStore};

/// A challenge that expires then.
#[must_use]
pub fn challenge(expires_at: OffsetDateTime) -> Challenge {
    Challenge {
        id: ChallengeId::generate(),
        bytes: (0..32).collect(),
        expires_at,
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn challenge_store(store: &dyn ChallengeStore) {
    let now = datetime!(2026-11-22 09:00:00.123456 UTC);
    let first = challenge(now + Duration::MINUTE);
    let second = challenge(now + Duration::HOUR);
    assert_eq!(store.take(&first.id).await, Ok(None));
    assert_eq!(store.put(first.clone(), now, 2).await, Ok(()));
    assert_eq!(store.put(second.clone(), now, 2).await, Ok(()));

    // The bound holds until one is taken or has expired.
    let third = challenge(now + Duration::HOUR);
    assert_eq!(store.put(third.clone(), now, 2).await, Err(Reason::Overloaded));
    assert_eq!(store.take(&third.id).await, Ok(None));
    assert_eq!(store.put(third.clone(), now + Duration::MINUTE, 2).await, Ok(()));
    assert_eq!(store.take(&first.id).await, Ok(None));

    // What goes in comes out, once.
    assert_eq!(store.take(&second.id).await, Ok(Some(second.clone())));
    assert_eq!(store.take(&second.id).await, Ok(None));
    assert_eq!(store.put(second, now, 2).await, Ok(()));
    assert_eq!(store.take(&third.id).await, Ok(Some(third)));
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn registration_store(store: &dyn RegistrationStore) {
    let now = datetime!(2026-11-22 09:00 UTC);
    assert_eq!(store.is_registered("a1").await, Ok(false));
    assert_eq!(store.register("a1", now).await, Ok(()));
    assert_eq!(
        store.register("a1", now + Duration::DAY).await,
        Ok(()),
        "twice is once"
    );
    assert_eq!(store.is_registered("a1").await, Ok(true));
    assert_eq!(store.is_registered("b2").await, Ok(false));
}
