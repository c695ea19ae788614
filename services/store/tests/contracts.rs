//! Every port's contract on SQLite, and what outlives the process.
#![expect(clippy::unwrap_used, reason = "assertions")]

use std::sync::Arc;

use madoguchi_audit::{Carrier, EntryStore, Log, verify_chain};
use madoguchi_consent::ReceiptStore;
use madoguchi_core::CardKey;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::clock::SystemClock;
use madoguchi_core::consent::Item;
use madoguchi_core::evidence::Evidence;
use madoguchi_core::pin_budget::Leave;
use madoguchi_core::{CallerId, CounterId, Reason, RequestId};
use madoguchi_deferral::{CheckEvent, DeferralStore, Witness as _};
use madoguchi_eligibility::ChallengeStore;
use madoguchi_fallback::CaseStore;
use madoguchi_pin::{AccountStore as _, Change, Outcome};
use madoguchi_session::{Ending, NewRow, ResourceStore, Update};
use madoguchi_store::{Options, Store, Temporary};
use madoguchi_usage::CheckStore as _;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

#[tokio::test]
async fn receipts() {
    madoguchi_consent::contract::receipt_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn evidence() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let put = async |evidence: Evidence| {
        let id = evidence.check_in_id.as_str();
        ResourceStore::insert(store, visit(id)).await.unwrap();
        let ending = Ending {
            event: Event::new(Action::CheckInEnded),
            evidence: Some(evidence.clone()),
            check: None,
        };
        store.update(ended(id, Some(ending))).await.unwrap();
    };
    madoguchi_evidence::contract::evidence_store(store, put).await;
}

#[tokio::test]
async fn audit_entries() {
    madoguchi_audit::contract::entry_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn audit_chain() {
    madoguchi_audit::contract::chain_store(&Temporary::new().unwrap().store).await;
    madoguchi_audit::contract::seals_below_the_head(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn usage_checks() {
    madoguchi_usage::contract::check_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn challenges() {
    madoguchi_eligibility::contract::challenge_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn deferrals() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    madoguchi_deferral::contract::deferral_store(store).await;
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let log = Log::new(Arc::new(store.clone()), Arc::new(SystemClock));
    let checks = async || {
        let counts = store.counts(date!(2026 - 11 - 22), date!(2026 - 11 - 22)).await;
        counts.unwrap().iter().map(|count| count.count).sum()
    };
    madoguchi_deferral::contract::witness(store, &log, checks).await;
}

/// What auditors are to be told of a check waits with it, and is known to wait, until it is carried.
#[tokio::test]
async fn deferrals_whose_audit_chain_is_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        audit_elsewhere: true,
        ..Options::default()
    };
    let store = Store::open_with(&folder.path().join("madoguchi.db"), &options).unwrap();
    let chain = Temporary::new().unwrap();
    let deferral = madoguchi_deferral::contract::deferral(NOW);
    let told = madoguchi_deferral::contract::told(Action::EligibilityDeferred, &deferral);
    let proof = madoguchi_deferral::contract::proof();
    let put = DeferralStore::put(&store, deferral.clone(), proof, 1, told);
    put.await.unwrap();
    let untold = store.untold().await.unwrap();
    assert!(
        matches!(untold.as_slice(), [CheckEvent { told: Some(_), action: Action::EligibilityDeferred, deferral_id }]
            if *deferral_id == deferral.id),
        "{untold:?}"
    );
    assert_eq!(store.testimony(NOW).await.unwrap().events, []);

    let carried = Carrier::open(Arc::new(store.clone()), Arc::new(chain.store.clone())).await;
    carried.unwrap();
    assert_eq!(store.untold().await, Ok(Vec::new()));
    assert_eq!(
        chain.store.testimony(NOW).await.unwrap().events,
        untold,
        "by the same name"
    );
}

#[tokio::test]
async fn face_results() {
    madoguchi_eligibility::contract::result_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn batch_checks() {
    madoguchi_eligibility::contract::batch_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn registrations() {
    madoguchi_eligibility::contract::registration_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn resources() {
    madoguchi_session::contract::resource_store(&Temporary::new().unwrap().store).await;
}

fn visit(id: &str) -> NewRow {
    NewRow {
        kind: "check_in",
        id: id.to_owned(),
        caller: CallerId::new("emr").unwrap(),
        request_id: RequestId::new(id).unwrap(),
        fingerprint: String::new(),
        counter_id: CounterId::new("1").unwrap(),
        sequence: 1,
        terminal: false,
        body: b"{}".to_vec(),
        at: NOW,
        beginning: Some(Event::new(Action::CheckInStarted)),
    }
}

fn ended(id: &str, ending: Option<Ending>) -> Update {
    Update {
        kind: "check_in",
        id: id.to_owned(),
        sequence: 2,
        terminal: true,
        body: b"{}".to_vec(),
        // Finer than the database keeps.
        at: NOW + Duration::nanoseconds(1),
        ending,
    }
}

#[tokio::test]
async fn a_beginning_an_end_and_what_auditors_are_told_of_them_are_kept_together() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    ResourceStore::insert(store, visit("a")).await.unwrap();
    // The same request again begins nothing, and nobody is told.
    ResourceStore::insert(store, visit("a")).await.unwrap();
    let ending = Ending {
        event: Event::new(Action::CheckInEnded),
        evidence: None,
        check: None,
    };
    let ended = ended("a", Some(ending));
    store.update(ended.clone()).await.unwrap();
    // It has ended: whoever ends it again is refused, and nobody is told.
    let again = Update { sequence: 3, ..ended };
    assert_eq!(store.update(again).await, Err(Reason::Internal));
    let entries = store.entries(0, 10).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| entry.event.action).collect();
    assert_eq!(told, [Action::CheckInStarted, Action::CheckInEnded]);
    assert!(verify_chain(None, &entries).is_ok());
}

#[tokio::test]
async fn a_receipt_and_what_auditors_are_told_of_it_are_kept_together() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let receipt = madoguchi_consent::contract::receipt(NOW);
    let told = madoguchi_consent::contract::told();
    for _ in 0..2 {
        // The second time the visit has one already: nothing changes, and nobody is told.
        ReceiptStore::insert(store, receipt.clone(), None, told.clone())
            .await
            .unwrap();
    }
    let entries = store.entries(0, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((&entries[0].event, entries[0].recorded_at), (&told, NOW));
    assert!(verify_chain(None, &entries).is_ok());
}

#[tokio::test]
async fn auditors_are_told_of_consent_that_is_over_when_it_was_noticed() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let receipt = madoguchi_consent::contract::receipt(NOW);
    let told = madoguchi_consent::contract::told();
    ReceiptStore::insert(store, receipt.clone(), None, told.clone())
        .await
        .unwrap();
    // The gateway was away for a night in which the time was up.
    let (until, noticed) = (NOW + Duration::HOUR, NOW + Duration::hours(12));
    let happening = store
        .expire(&receipt.id, Item::Surgery, until, (noticed, told))
        .await
        .unwrap();
    assert_eq!(happening.unwrap().at, until);
    let entries = store.entries(0, 10).await.unwrap();
    let times: Vec<_> = entries.iter().map(|entry| entry.recorded_at).collect();
    assert_eq!(times, [NOW, noticed]);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let receipt = madoguchi_consent::contract::receipt(NOW);
    ReceiptStore::insert(store, receipt.clone(), None, madoguchi_consent::contract::told())
        .await
        .unwrap();
    let challenge = madoguchi_eligibility::contract::challenge(NOW + Duration::HOUR);
    ChallengeStore::put(store, challenge.clone(), NOW, 10)
        .await
        .unwrap();
    store.close().await.unwrap();

    let again = Store::open(&temporary.path()).unwrap();
    assert_eq!(ReceiptStore::get(&again, &receipt.id).await, Ok(Some(receipt)));
    assert_eq!(again.take(&challenge.id).await, Ok(Some(challenge.clone())));
    assert_eq!(again.take(&challenge.id).await, Ok(None));
    // The chain goes on where it stood.
    again.append(NOW, Event::new(Action::CheckInEnded)).await.unwrap();
    let entries = again.entries(0, 10).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert!(verify_chain(None, &entries).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_appends_make_one_chain() {
    let temporary = Temporary::new().unwrap();
    let store = Arc::new(temporary.store.clone());
    let appends: Vec<_> = (0..64)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..8 {
                    store.append(NOW, Event::new(Action::PinVerified)).await.unwrap();
                }
            })
        })
        .collect();
    for append in appends {
        append.await.unwrap();
    }
    let entries = store.entries(0, 1_000).await.unwrap();
    assert_eq!(entries.len(), 512);
    assert_eq!(verify_chain(None, &entries).unwrap().unwrap().sequence, 512);
    // Sixty-four at once went into few commits.
    let statistics = store.statistics();
    assert_eq!(statistics.write_jobs, 512);
    assert!(statistics.commits < 256, "{statistics:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_takers_one_gets_the_challenge() {
    let temporary = Temporary::new().unwrap();
    let challenge = madoguchi_eligibility::contract::challenge(NOW + Duration::HOUR);
    ChallengeStore::put(&temporary.store, challenge.clone(), NOW, 10)
        .await
        .unwrap();
    let takers: Vec<_> = (0..32)
        .map(|_| {
            let (store, id) = (temporary.store.clone(), challenge.id.clone());
            tokio::spawn(async move { store.take(&id).await.unwrap() })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        got += usize::from(taker.await.unwrap().is_some());
    }
    assert_eq!(got, 1);
}

#[tokio::test]
async fn readers_out_of_service() {
    madoguchi_reader::contract::service_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn pin_accounts() {
    madoguchi_pin::contract::account_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test]
async fn fallback_cases() {
    madoguchi_fallback::contract::case_store(&Temporary::new().unwrap().store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_gateways_that_reserve_at_once_none_gets_a_try_twice() {
    let temporary = Temporary::new().unwrap();
    let card = CardKey::new("c".repeat(64)).unwrap();
    let reserve = Change::Reserve {
        last_try_confirmed: false,
    };
    let gateways: Vec<_> = (0..32)
        .map(|_| {
            let (store, card) = (temporary.store.clone(), card.clone());
            tokio::spawn(async move { store.change(&card, reserve, NOW).await.unwrap() })
        })
        .collect();
    let mut left = Vec::new();
    for gateway in gateways {
        if let Outcome::Leave(Leave::Granted(reservation)) = gateway.await.unwrap() {
            left.push(reservation.tries_left);
        }
    }
    left.sort_unstable();
    assert_eq!(left, [1, 2], "three tries less the last, which nobody agreed to");
}

#[tokio::test]
async fn a_case_is_told_with_it_and_once() {
    use madoguchi_core::fallback::{Finding, Reconciliation};

    let temporary = Temporary::new().unwrap();
    let store = &temporary.store;
    let told = |action| Event::new(action);
    let case = madoguchi_fallback::contract::case("r1");
    let word = Reconciliation {
        request_id: RequestId::new("s1").unwrap(),
        finding: Finding::Confirmed,
        staff_id: case.draft.staff_id.clone(),
        caller: case.caller.clone(),
        reconciled_at: NOW,
    };
    for one in [case.clone(), madoguchi_fallback::contract::case("r1")] {
        let kept = CaseStore::insert(store, one, told(Action::FallbackRecorded)).await;
        assert_eq!(kept, Ok(case.clone()));
    }
    for _ in 0..2 {
        let settled =
            CaseStore::settle(store, &case.id, word.clone(), told(Action::FallbackReconciled)).await;
        settled.unwrap();
    }
    let entries = store.entries(0, 10).await.unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.event.action, entry.recorded_at))
        .collect();
    assert_eq!(
        told,
        [
            (Action::FallbackRecorded, case.recorded_at),
            (Action::FallbackReconciled, NOW)
        ]
    );
}

#[tokio::test]
async fn a_reserved_try_and_an_open_case_outlive_the_process() {
    let temporary = Temporary::new().unwrap();
    let (store, card) = (&temporary.store, CardKey::new("d".repeat(64)).unwrap());
    let reserve = Change::Reserve {
        last_try_confirmed: false,
    };
    store.change(&card, reserve, NOW).await.unwrap();
    let case = madoguchi_fallback::contract::case("r1");
    let case = CaseStore::insert(store, case, madoguchi_fallback::contract::told())
        .await
        .unwrap();
    store.close().await.unwrap();

    let again = Store::open(&temporary.path()).unwrap();
    let account = again.account(&card).await.unwrap().unwrap();
    assert_eq!(account.pin, madoguchi_pin::Pin::Tries(2));
    assert_eq!(CaseStore::get(&again, &case.id).await, Ok(Some(case)));
}

#[tokio::test]
async fn expiry_outlook() {
    madoguchi_certificate::contract::outlook(&Temporary::new().unwrap().store).await;
}
