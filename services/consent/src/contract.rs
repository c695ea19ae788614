//! What every [`ReceiptStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::consent::{
    Attestation, AttestedCause, AttestedForm, CaptureMethod, Confirmation, Decision, Filter, Happened, Item,
    OtherDecision, Receipt, Requester, Said, Window, Withdrawal, WithdrawalReason,
};
use madoguchi_core::{
    CallerId, CardKey, CheckInId, ConsentItemId, CounterId, Reason, ReceiptId, RequestId, StaffId,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::ReceiptStore;

/// A receipt of a new visit.
#[must_use]
pub fn receipt(recorded_at: OffsetDateTime) -> Receipt {
    let granted = [true, false, true, false];
    let decisions = Item::ALL.into_iter().zip(granted);
    Receipt {
        id: ReceiptId::generate(),
        check_in_id: Some(CheckInId::generate()),
        counter_id: Some(CounterId::new("counter-1").unwrap()),
        certificate_thumbprint: "ab".repeat(32),
        card_key: None,
        decisions: decisions
            .map(|(item, granted)| Decision { item, granted })
            .collect(),
        others: vec![OtherDecision {
            item_id: ConsentItemId::new("dental").unwrap(),
            granted: true,
        }],
        wording_version: "2027-01".to_owned(),
        language: "ja".to_owned(),
        method: CaptureMethod::Client,
        attestation: None,
        requester: Some(Requester {
            name: "窓口診療所".to_owned(),
            facility_code: Some("1310000001".to_owned()),
        }),
        purpose: "診察に役立てるため".to_owned(),
        recorded_at,
        token: Some("a.b.c".to_owned()),
        confirmation: None,
        withdrawal: None,
    }
}

/// A receipt outside of a visit, for a card.
#[must_use]
pub fn attested(recorded_at: OffsetDateTime) -> Receipt {
    Receipt {
        check_in_id: None,
        counter_id: None,
        certificate_thumbprint: String::new(),
        card_key: Some(CardKey::new("cd".repeat(32)).unwrap()),
        method: CaptureMethod::Paper,
        attestation: Some(Attestation {
            form: AttestedForm::Paper,
            staff_id: StaffId::new("staff-1").unwrap(),
            cause: AttestedCause::InBed,
            document_reference: Some("2026-118".to_owned()),
        }),
        requester: None,
        purpose: String::new(),
        ..receipt(recorded_at)
    }
}

/// Something that auditors are told.
#[must_use]
pub const fn told() -> Event {
    Event::new(Action::ConsentRecorded)
}

/// Runs the whole suite.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn receipt_store(store: &dyn ReceiptStore) {
    receipts(store).await;
    later(store).await;
    found(store).await;
}

async fn receipts(store: &dyn ReceiptStore) {
    assert_eq!(store.last_happening().await, Ok(0));
    let first = receipt(datetime!(2026-11-22 09:00:00.123456 UTC));
    let other = receipt(datetime!(2026-11-22 09:00:01 UTC));
    let visit = first.check_in_id.clone().unwrap();
    assert_eq!(store.get(&first.id).await, Ok(None));
    assert_eq!(store.list(&visit).await, Ok(vec![]));

    // What goes in comes out, to the microsecond, what nobody here knows too.
    assert_eq!(store.insert(first.clone(), None, told()).await, Ok(first.clone()));
    assert_eq!(store.insert(other.clone(), None, told()).await, Ok(other.clone()));
    assert_eq!(store.get(&first.id).await, Ok(Some(first.clone())));
    assert_eq!(store.list(&visit).await, Ok(vec![first.clone()]));

    // A second receipt of the visit does not replace the first.
    let mut again = first.clone();
    again.id = ReceiptId::generate();
    again
        .decisions
        .iter_mut()
        .for_each(|decision| decision.granted = true);
    assert_eq!(store.insert(again.clone(), None, told()).await, Ok(first.clone()));
    assert_eq!(store.get(&again.id).await, Ok(None));
    assert_eq!(store.list(&visit).await, Ok(vec![first]));
    assert_eq!(store.get(&other.id).await, Ok(Some(other)));

    // Outside of visits there may be many, one a request.
    let (one, two) = (
        attested(datetime!(2026-11-22 10:00 UTC)),
        attested(datetime!(2026-11-22 10:00 UTC)),
    );
    let caller = CallerId::new("spiffe://clinic/emr").unwrap();
    let request = |name: &str| Some((caller.clone(), RequestId::new(name).unwrap()));
    assert_eq!(
        store.insert(one.clone(), request("1"), told()).await,
        Ok(one.clone())
    );
    assert_eq!(
        store.insert(two.clone(), request("1"), told()).await,
        Ok(one.clone())
    );
    assert_eq!(
        store.insert(two.clone(), request("2"), told()).await,
        Ok(two.clone())
    );
    assert_eq!(store.get(&two.id).await, Ok(Some(two)));
    let of_request = async |caller: &str, name: &str| {
        let caller = CallerId::new(caller).unwrap();
        store.of_request(&caller, &RequestId::new(name).unwrap()).await
    };
    assert_eq!(of_request("spiffe://clinic/emr", "1").await, Ok(Some(one)));
    assert_eq!(of_request("spiffe://clinic/emr", "3").await, Ok(None));
    assert_eq!(of_request("spiffe://clinic/other", "1").await, Ok(None));
    assert_eq!(store.last_happening().await, Ok(4));
}

async fn later(store: &dyn ReceiptStore) {
    let at = datetime!(2026-11-23 09:00:00.5 UTC);
    let before = store.last_happening().await.unwrap();
    let first = receipt(at);
    store.insert(first.clone(), None, told()).await.unwrap();
    let window = |item, until| Window {
        item,
        consented_at: Some(at),
        available_until: until,
    };
    let until = at + Duration::DAY;
    let confirmation = Confirmation {
        said: Said {
            simulated: true,
            under_forty: Some(true),
            windows: vec![
                window(Item::Diagnosis, Some(until)),
                window(Item::Medication, None),
                window(Item::Surgery, Some(until)),
            ],
        },
        recorded_at: at,
        token: "d.e.f".to_owned(),
    };
    let withdrawal = |staff: Option<&str>| Withdrawal {
        caller: CallerId::new("spiffe://clinic/emr").unwrap(),
        staff_id: staff.map(|staff| StaffId::new(staff).unwrap()),
        reason: WithdrawalReason::Patient,
        withdrawn_at: at + Duration::HOUR,
        token: "g.h.i".to_owned(),
    };
    let unknown = ReceiptId::generate();
    assert_eq!(
        store.confirm(&unknown, confirmation.clone()).await,
        Err(Reason::ReceiptNotFound)
    );
    assert_eq!(
        store.withdraw(&unknown, withdrawal(None), told()).await,
        Err(Reason::ReceiptNotFound)
    );
    assert_eq!(
        store.expire(&unknown, Item::Surgery, at, (at, told())).await,
        Err(Reason::ReceiptNotFound)
    );

    // The first word stays, and the receipt itself stays what it was.
    let mut expected = first.clone();
    expected.confirmation = Some(confirmation.clone());
    assert_eq!(
        store.confirm(&first.id, confirmation.clone()).await,
        Ok(expected.clone())
    );
    let mut otherwise = confirmation;
    otherwise.said.under_forty = None;
    assert_eq!(store.confirm(&first.id, otherwise).await, Ok(expected.clone()));
    expected.withdrawal = Some(withdrawal(Some("staff-1")));
    assert_eq!(
        store
            .withdraw(&first.id, withdrawal(Some("staff-1")), told())
            .await,
        Ok(expected.clone())
    );
    assert_eq!(
        store.withdraw(&first.id, withdrawal(None), told()).await,
        Ok(expected.clone())
    );
    assert_eq!(
        store.insert(first.clone(), None, told()).await,
        Ok(expected.clone())
    );
    assert_eq!(store.get(&first.id).await, Ok(Some(expected)));

    // What is over is due once, whoever asks.
    assert_eq!(store.due(until - Duration::SECOND, 10).await, Ok(vec![]));
    let due = store.due(until, 10).await.unwrap();
    assert_eq!(
        due,
        [Item::Diagnosis, Item::Surgery].map(|item| (first.id.clone(), item, until))
    );
    assert_eq!(store.due(until, 1).await.unwrap(), due[..1]);
    for (id, item, at) in &due {
        assert!(
            store
                .expire(id, *item, *at, (*at, told()))
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(store.expire(id, *item, *at, (*at, told())).await, Ok(None));
    }
    assert_eq!(store.due(until + Duration::DAY, 10).await, Ok(vec![]));

    let happenings = store.happenings(before, 10).await.unwrap();
    let happened: Vec<_> = happenings.iter().map(|one| (one.happened, one.at)).collect();
    assert_eq!(
        happened,
        [
            (Happened::Recorded, at),
            (Happened::Confirmed, at),
            (Happened::Withdrawn, at + Duration::HOUR),
            (Happened::Expired(Item::Diagnosis), until),
            (Happened::Expired(Item::Surgery), until),
        ]
    );
    let numbers: Vec<_> = happenings.iter().map(|one| one.sequence).collect();
    assert_eq!(numbers, (before + 1..=before + 5).collect::<Vec<_>>());
    assert!(happenings.iter().all(|one| one.receipt_id == first.id));
    assert_eq!(store.happenings(before + 1, 2).await.unwrap(), happenings[1..3]);
    assert_eq!(store.last_happening().await, Ok(before + 5));
}

async fn found(store: &dyn ReceiptStore) {
    let day = datetime!(2026-12-01 00:00 UTC);
    let mut mine: Vec<_> = (0..3).map(|hour| receipt(day + Duration::hours(hour))).collect();
    for one in &mut mine {
        one.certificate_thumbprint = "ef".repeat(32);
        store.insert(one.clone(), None, told()).await.unwrap();
    }
    let card = Receipt {
        card_key: Some(CardKey::new("12".repeat(32)).unwrap()),
        ..attested(day)
    };
    store.insert(card.clone(), None, told()).await.unwrap();
    let all = async |filter: Filter| store.find(filter, None, 100).await.unwrap();
    let thumbprint = || Filter {
        certificate_thumbprint: Some("ef".repeat(32)),
        ..Filter::default()
    };
    assert_eq!(all(thumbprint()).await, mine);
    let filter = Filter {
        card_key: card.card_key.clone(),
        ..Filter::default()
    };
    assert_eq!(all(filter).await, std::slice::from_ref(&card));
    let filter = Filter {
        recorded_from: Some(day + Duration::HOUR),
        recorded_before: Some(day + Duration::hours(2)),
        ..Filter::default()
    };
    assert_eq!(all(filter).await, mine[1..2]);
    // Page by page.
    assert_eq!(store.find(thumbprint(), None, 2).await.unwrap(), mine[..2]);
    let after = Some(mine[1].id.clone());
    assert_eq!(store.find(thumbprint(), after, 2).await.unwrap(), mine[2..]);
    assert_eq!(all(Filter::default()).await.last(), Some(&card));
}
