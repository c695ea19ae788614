//! What every [`DeferralStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::certificate::{CertificateDer, Outcome};
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::eligibility::{Answer, Validity};
use madoguchi_core::{CheckInId, CounterId, DeferralId, Medium, Method, Reason};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::{DeferralStore, Query, Settlement, Witness, Witnessed};

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
        assert_eq!(store.put(one.clone(), proof(), 10).await, Ok(one.clone()));
        assert_eq!(store.get(&one.id).await, Ok(Some(one.clone())));
        assert_eq!(store.of_check_in(&one.check_in_id).await, Ok(Some(one.clone())));
    }
    // A visit has one, whatever is put later, and also where no more may be open.
    let again = Deferral {
        check_in_id: first.check_in_id.clone(),
        ..deferral(AT + Duration::HOUR)
    };
    assert_eq!(store.put(again.clone(), proof(), 0).await, Ok(first.clone()));
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

    // What auditors were told is remembered for each state.
    assert_eq!(
        store.unwitnessed(10).await,
        Ok(vec![tried.clone(), second.clone()])
    );
    store.mark_witnessed(&first.id, State::Open).await.unwrap();
    assert_eq!(store.unwitnessed(10).await, Ok(vec![second.clone()]));
    store.mark_witnessed(&second.id, State::Open).await.unwrap();
    assert_eq!(store.unwitnessed(10).await, Ok(vec![]));
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
    assert_eq!(store.unwitnessed(10).await, Ok(vec![settled.clone()]));
    let refused = Settlement {
        state: State::Refused,
        at: AT + Duration::HOUR * 2,
        reason: Some(Reason::CertificateExpired),
        answer: None,
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
    assert!(store.put(one.clone(), proof(), 1).await.is_ok());
    assert_eq!(store.put(deferral(AT), proof(), 1).await, Err(Reason::Overloaded));
    let abandoned = Settlement {
        state: State::Abandoned,
        at: AT,
        reason: None,
        answer: None,
    };
    store.settle(&one.id, abandoned).await.unwrap();
    assert!(store.put(deferral(AT), proof(), 1).await.is_ok());
}

/// What a store tells of its audit chain, which has to be empty.
///
/// # Panics
/// Where it breaks the contract.
pub async fn witness(store: &dyn Witness, audit: &dyn Audit) {
    let from = datetime!(2020-01-01 0:00 UTC);
    assert_eq!(store.witnessed_since(from).await, Ok(vec![]));
    let about = |action, id: &DeferralId| Event {
        deferral_id: Some(id.clone()),
        ..Event::new(action)
    };
    let id = DeferralId::generate();
    audit.append(Event::new(Action::CheckInStarted)).await.unwrap();
    audit
        .append(about(Action::EligibilityDeferred, &id))
        .await
        .unwrap();
    audit.append(Event::new(Action::CheckInEnded)).await.unwrap();
    audit
        .append(about(Action::EligibilityReconciled, &id))
        .await
        .unwrap();
    let witnessed = |sequence, action| Witnessed {
        sequence,
        action,
        deferral_id: id.clone(),
    };
    assert_eq!(
        store.witnessed_since(from).await,
        Ok(vec![
            witnessed(2, Action::EligibilityDeferred),
            witnessed(4, Action::EligibilityReconciled)
        ])
    );
}
