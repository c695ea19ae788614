//! What every store of this crate's ports keeps to. The store in memory and each database run the same suite.

use madoguchi_core::eligibility::{BatchCheck, BatchState, Booking, Challenge, NumberQuery};
use madoguchi_core::{BatchCheckId, CallerId, ChallengeId, CheckInId, Reason, RequestId, ResultId};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use crate::folder::{ResultStore, StoredResult};
use crate::observed::canonical;
use crate::{BatchStore, ChallengeStore, Recorded, RegistrationStore, made_up};

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

/// A result of nobody real.
///
/// # Panics
/// Where the digit makes no id.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a fixture of tests")]
pub fn result(digit: char, found_at: OffsetDateTime) -> StoredResult {
    StoredResult {
        id: ResultId::new(digit.to_string().repeat(64)).unwrap(),
        found_at,
        record: canonical(made_up(&digit.to_string())),
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn result_store(store: &dyn ResultStore) {
    assert_eq!(store.last_visit_at().await, Ok(None), "there was no visit yet");
    let now = datetime!(2026-11-26 09:00:00.123456 UTC);
    let (first, second) = (result('a', now), result('b', now + Duration::SECOND));
    let (one, other) = (CheckInId::generate(), CheckInId::generate());
    assert_eq!(store.keep(second.clone()).await, Ok(true));
    assert_eq!(store.keep(first.clone()).await, Ok(true));
    // Once is once, whenever it is found again.
    let again = StoredResult {
        found_at: now + Duration::DAY,
        ..first.clone()
    };
    assert_eq!(store.keep(again.clone()).await, Ok(false));
    assert_eq!(store.waiting().await, Ok(vec![first.clone(), second.clone()]));

    assert_eq!(store.given_to(&one).await, Ok(None));
    assert_eq!(store.give(&first.id, &one).await, Ok(Some(first.clone())));
    assert_eq!(
        store.give(&first.id, &other).await,
        Ok(None),
        "it is another visit's"
    );
    assert_eq!(
        store.give(&first.id, &one).await,
        Ok(Some(first.clone())),
        "the same again"
    );
    assert_eq!(store.given_to(&one).await, Ok(Some(first.clone())));
    assert_eq!(store.waiting().await, Ok(vec![second.clone()]));
    assert_eq!(store.keep(again).await, Ok(false));

    assert_eq!(store.forget_before(now + Duration::SECOND).await, Ok(1));
    assert_eq!(store.forget_before(now + Duration::SECOND).await, Ok(0));
    assert_eq!(store.given_to(&one).await, Ok(None));
    assert_eq!(store.give(&first.id, &one).await, Ok(None));
    assert_eq!(store.keep(first).await, Ok(false), "forgotten is not unseen");
    assert_eq!(store.waiting().await, Ok(vec![second]));
}

/// A batch of one booking.
///
/// # Panics
/// Where the texts make no ids.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a fixture of tests")]
pub fn batch(caller: &str, request_id: &str, at: OffsetDateTime) -> BatchCheck {
    BatchCheck {
        id: BatchCheckId::generate(),
        caller: CallerId::new(caller).unwrap(),
        request_id: RequestId::new(request_id).unwrap(),
        bookings: vec![Booking {
            reference: "患者１".to_owned(),
            query: NumberQuery {
                request_id: RequestId::new("q").unwrap(),
                insurer_number: "99999999".to_owned(),
                symbol: None,
                number: "1".to_owned(),
                branch_number: None,
                birth_date: date!(1980 - 01 - 01),
                on: None,
            },
        }],
        state: BatchState::Accepted,
        ticket: None,
        results: Vec::new(),
        reason: None,
        created_at: at,
        updated_at: at,
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn batch_store(store: &dyn BatchStore) {
    let now = datetime!(2026-11-26 18:00 UTC);
    let first = batch("emr", "r1", now);
    assert_eq!(store.record(first.clone(), 2).await, Ok(Recorded::New));
    let again = batch("emr", "r1", now + Duration::DAY);
    assert_eq!(
        store.record(again.clone(), 0).await,
        Ok(Recorded::Known(Box::new(first.clone())))
    );
    let other = batch("another-emr", "r1", now);
    assert_eq!(store.record(other.clone(), 2).await, Ok(Recorded::New));
    // The bound is for new ones.
    let third = batch("emr", "r2", now);
    assert_eq!(store.record(third.clone(), 2).await, Err(Reason::Overloaded));
    assert_eq!(store.find(&third.id).await, Ok(None));
    assert_eq!(store.find(&first.id).await, Ok(Some(first.clone())));
    assert_eq!(store.find(&again.id).await, Ok(None));
    assert_eq!(store.list_open().await, Ok(vec![first.clone(), other.clone()]));

    let done = BatchCheck {
        state: BatchState::Done,
        ticket: Some("t".to_owned()),
        updated_at: now + Duration::MINUTE,
        ..first.clone()
    };
    assert_eq!(store.save(done.clone()).await, Ok(()));
    assert_eq!(store.save(again).await, Err(Reason::BatchCheckNotFound));
    assert_eq!(store.find(&first.id).await, Ok(Some(done)));
    assert_eq!(store.list_open().await, Ok(vec![other.clone()]));
    assert_eq!(store.forget_over_before(now + Duration::MINUTE).await, Ok(0));
    assert_eq!(store.forget_over_before(now + Duration::DAY).await, Ok(1));
    assert_eq!(store.find(&first.id).await, Ok(None));
    assert_eq!(store.list_open().await, Ok(vec![other]));
}
