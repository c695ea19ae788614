//! What every [`DeferralStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::certificate::{CertificateDer, Outcome};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::eligibility::{Answer, Validity};
use madoguchi_core::{CheckInId, CounterId, DeferralId, Medium, Method, Reason};
use madoguchi_usage::{Check, Key, Kind};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::{CheckEvent, DeferralStore, Query, Settlement, Testimony, Witness};

const AT: OffsetDateTime = datetime!(2026-11-22 09:00:00.123456 UTC);

/// A check of a new visit.
#[must_use]
pub fn deferral(queued_at: OffsetDateTime) -> Deferral {
    Deferral {
        id: DeferralId::generate(),
        check_in_id: CheckInId::generate(),
        counter_id: CounterId::new("counter-1").unwrap(),
        medium: Medium::Card,
        method: Method::GuardianPin,
        certificate: Outcome::Full,
        because: Reason::EligibilityUnavailable,
        state: State::Open,
        verified_at: queued_at - Duration::SECOND,
        queued_at,
        attempt_count: 0,
        last_reason: None,
        settled_at: None,
        answer: None,
    }
}

/// What the service would be asked with.
#[must_use]
pub fn proof() -> Proof {
    Proof {
        certificate: CertificateDer::new(vec![0x30, 0x03, 1, 2, 3]),
        challenge: vec![7; 32],
        challenge_id: None,
        signature: vec![8; 256],
        receipt: None,
    }
}

/// What auditors are told of it.
#[must_use]
pub fn told(action: Action, deferral: &Deferral) -> Event {
    Event {
        deferral_id: Some(deferral.id.clone()),
        ..Event::new(action)
    }
}

async fn put(store: &dyn DeferralStore, one: &Deferral, max_open: u32) -> Result<Deferral, Reason> {
    let told = told(Action::EligibilityDeferred, one);
    store.put(one.clone(), proof(), max_open, told).await
}

fn answer() -> Answer {
    Answer {
        simulated: true,
        ..Answer::new(Validity::Valid, Outcome::Full, AT)
    }
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn deferral_store(store: &dyn DeferralStore) {
    keeps_what_was_put(store).await;
    settles_once(store).await;
    refuses_too_many(store).await;
}

async fn keeps_what_was_put(store: &dyn DeferralStore) {
    assert_eq!(store.next(10).await, Ok(vec![]));
    let first = deferral(AT);
    let second = deferral(AT + Duration::SECOND);
    assert_eq!(store.get(&first.id).await, Ok(None));
    for one in [&first, &second] {
        assert_eq!(put(store, one, 10).await, Ok(one.clone()));
        assert_eq!(store.get(&one.id).await, Ok(Some(one.clone())));
        assert_eq!(store.of_check_in(&one.check_in_id).await, Ok(Some(one.clone())));
    }
    // A visit has one, whatever is put later, and also where no more may be open.
    let again = Deferral {
        check_in_id: first.check_in_id.clone(),
        ..deferral(AT + Duration::HOUR)
    };
    assert_eq!(put(store, &again, 0).await, Ok(first.clone()));
    assert_eq!(store.get(&again.id).await, Ok(None));

    // Oldest first, and after an attempt behind those that were asked about less.
    assert_eq!(
        store.next(10).await,
        Ok(vec![(first.clone(), proof()), (second.clone(), proof())])
    );
    assert_eq!(store.next(1).await.unwrap().len(), 1);
    store
        .attempted(&first.id, Reason::EligibilityUnavailable)
        .await
        .unwrap();
    let tried = Deferral {
        attempt_count: 1,
        last_reason: Some(Reason::EligibilityUnavailable),
        ..first.clone()
    };
    let order: Vec<_> = store
        .next(10)
        .await
        .unwrap()
        .into_iter()
        .map(|(one, _)| one)
        .collect();
    assert_eq!(order, [second.clone(), tried.clone()]);

    // Lists go by the order of their making, in pages.
    let query = |state, after: Option<&Deferral>, limit| Query {
        state,
        after: after.map(|one| one.id.clone()),
        limit,
    };
    assert_eq!(
        store.list(query(None, None, 10)).await,
        Ok(vec![tried.clone(), second.clone()])
    );
    assert_eq!(store.list(query(None, None, 1)).await, Ok(vec![tried.clone()]));
    assert_eq!(
        store.list(query(Some(State::Open), Some(&first), 10)).await,
        Ok(vec![second.clone()])
    );
    assert_eq!(
        store.list(query(Some(State::Refused), None, 10)).await,
        Ok(vec![])
    );
    assert_eq!(
        store.queued_between(AT, AT + Duration::SECOND).await,
        Ok(vec![tried.clone()])
    );
}

async fn settles_once(store: &dyn DeferralStore) {
    let open = store.next(10).await.unwrap();
    let [(second, _), (first, _)] = &open[..] else {
        panic!("{} open", open.len())
    };
    let answered = Settlement {
        state: State::Answered,
        at: AT + Duration::HOUR,
        reason: None,
        answer: Some(answer()),
        told: told(Action::EligibilityReconciled, first),
        check: None,
    };
    let settled = Deferral {
        state: State::Answered,
        attempt_count: 2,
        last_reason: None,
        settled_at: Some(AT + Duration::HOUR),
        answer: Some(answer()),
        ..first.clone()
    };
    assert_eq!(
        store.settle(&first.id, answered.clone()).await,
        Ok(Some((settled.clone(), true)))
    );
    assert_eq!(store.get(&first.id).await, Ok(Some(settled.clone())));
    let refused = Settlement {
        state: State::Refused,
        at: AT + Duration::HOUR * 2,
        reason: Some(Reason::CertificateExpired),
        answer: None,
        told: told(Action::EligibilityReconciled, second),
        check: None,
    };
    assert_eq!(
        store.settle(&first.id, refused.clone()).await,
        Ok(Some((settled.clone(), false)))
    );
    assert_eq!(store.settle(&DeferralId::generate(), answered).await, Ok(None));
    let (after, changed) = store.settle(&second.id, refused).await.unwrap().unwrap();
    assert!(changed && after.last_reason == Some(Reason::CertificateExpired));
    assert_eq!(
        store.next(10).await,
        Ok(vec![]),
        "what is settled is not asked about"
    );

    // An attempt that was under way meanwhile changes nothing that was settled.
    store.forget_answers(AT + Duration::HOUR).await.unwrap();
    assert_eq!(store.get(&first.id).await, Ok(Some(settled.clone())));
    let without = Deferral {
        answer: None,
        ..settled
    };
    assert_eq!(
        store.queued_between(AT, AT + Duration::SECOND).await,
        Ok(vec![without.clone()]),
        "a report holds no answers"
    );
    store
        .forget_answers(AT + Duration::HOUR + Duration::SECOND)
        .await
        .unwrap();
    assert_eq!(store.get(&first.id).await, Ok(Some(without)));
}

async fn refuses_too_many(store: &dyn DeferralStore) {
    let one = deferral(AT);
    assert!(put(store, &one, 1).await.is_ok());
    assert_eq!(put(store, &deferral(AT), 1).await, Err(Reason::Overloaded));
    let abandoned = Settlement {
        state: State::Abandoned,
        at: AT,
        reason: None,
        answer: None,
        told: told(Action::EligibilityReconciled, &one),
        check: None,
    };
    store.settle(&one.id, abandoned).await.unwrap();
    assert!(put(store, &deferral(AT), 1).await.is_ok());
}

/// A store whose audit chain and usage report are in its database: what comes with a change is there with it, once. Both have
/// to be empty.
///
/// # Panics
/// Where it breaks the contract.
pub async fn witness<S: DeferralStore + Witness>(
    store: &S,
    audit: &dyn Audit,
    checks: impl AsyncFn() -> u64,
) {
    let nothing = Testimony::default();
    assert_eq!(store.testimony(AT).await, Ok(nothing));
    audit.append(Event::new(Action::CheckInStarted)).await.unwrap();
    let (one, again) = (deferral(AT), deferral(AT));
    put(store, &one, 10).await.unwrap();
    let again = Deferral {
        check_in_id: one.check_in_id.clone(),
        ..again
    };
    put(store, &again, 10).await.unwrap();
    // Refused, hence nobody is told.
    assert_eq!(put(store, &deferral(AT), 1).await, Err(Reason::Overloaded));
    audit.append(Event::new(Action::CheckInEnded)).await.unwrap();
    let settlement = Settlement {
        state: State::Answered,
        at: AT + Duration::HOUR,
        reason: None,
        answer: Some(answer()),
        told: told(Action::EligibilityReconciled, &one),
        check: Some(Check {
            key: Key::of_check_in(&one.check_in_id),
            day: day_in_japan(AT),
            counter_id: Some(one.counter_id.clone()),
            kind: Kind::Card,
            medium: Some(one.medium),
            method: Some(one.method),
        }),
    };
    for _ in 0..2 {
        store.settle(&one.id, settlement.clone()).await.unwrap();
    }
    assert_eq!(checks().await, 1);
    let told = async |from| {
        let testimony = store.testimony(from).await.unwrap();
        assert!(testimony.since.is_some());
        let events = testimony.events.into_iter();
        let about_it = |event: CheckEvent| (event.deferral_id == one.id).then_some(event.action);
        events.map(about_it).collect::<Vec<_>>()
    };
    let (put_off, settled) = (
        Some(Action::EligibilityDeferred),
        Some(Action::EligibilityReconciled),
    );
    assert_eq!(told(AT).await, [put_off, settled]);
    // Told when it happened, to the microsecond.
    assert_eq!(told(AT + Duration::MICROSECOND).await, [settled]);
    assert_eq!(store.untold().await, Ok(Vec::new()));
}
