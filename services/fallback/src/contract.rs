//! What every [`CaseStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::fallback::{
    Case, Claim, Document, Draft, EmrReference, Finding, Listed, Reconciliation, VisitKind,
};
use madoguchi_core::{CallerId, CaseId, CheckInId, CounterId, Medium, Reason, RequestId, StaffId};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use crate::{CaseStore, Settled};

const NOW: OffsetDateTime = datetime!(2026-11-26 09:00:00.123456 UTC);

/// What staff record of a card that failed.
///
/// # Panics
/// Never.
#[must_use]
pub fn draft() -> Draft {
    Draft {
        counter_id: CounterId::new("counter-1").unwrap(),
        check_in_id: Some(CheckInId::new("visit-1").unwrap()),
        visit_date: date!(2026 - 11 - 26),
        medium: Some(Medium::Card),
        reason: Some(Reason::CertificateExpired),
        visit_kind: VisitKind::First,
        document: Document::Declaration,
        claim: Claim::Unknown,
        staff_id: StaffId::new("nurse-7").unwrap(),
        emr_reference: Some(EmrReference::new("患者 4711").unwrap()),
    }
}

/// A case of that request.
///
/// # Panics
/// Where the request is no id.
#[must_use]
pub fn case(request: &str) -> Case {
    Case {
        id: CaseId::generate(),
        caller: CallerId::new("spiffe://clinic/emr").unwrap(),
        request_id: RequestId::new(request).unwrap(),
        draft: draft(),
        recorded_at: NOW,
        reconciliation: None,
    }
}

fn reconciliation(request: &str, at: OffsetDateTime) -> Reconciliation {
    Reconciliation {
        request_id: RequestId::new(request).unwrap(),
        finding: Finding::Corrected,
        staff_id: StaffId::new("clerk-2").unwrap(),
        caller: CallerId::new("spiffe://clinic/staff").unwrap(),
        reconciled_at: at,
    }
}

/// Something that auditors are told.
#[must_use]
pub const fn told() -> Event {
    Event::new(Action::FallbackRecorded)
}

/// Runs the whole suite on an empty store.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn case_store(store: &dyn CaseStore) {
    let (first, second, third) = (case("r1"), case("r2"), case("r3"));
    assert_eq!(store.get(&first.id).await, Ok(None));
    for one in [&second, &first, &third] {
        assert_eq!(store.insert(one.clone(), told()).await, Ok(one.clone()));
    }
    // The same request finds what it made; another caller's is another.
    assert_eq!(store.insert(case("r1"), told()).await, Ok(first.clone()));
    assert_eq!(
        store.find(&first.caller, &first.request_id).await,
        Ok(Some(first.clone()))
    );
    assert_eq!(store.find(&first.caller, &RequestId::generate()).await, Ok(None));
    let other = Case {
        caller: CallerId::new("spiffe://clinic/other").unwrap(),
        ..case("r1")
    };
    assert_eq!(store.insert(other.clone(), told()).await, Ok(other.clone()));
    assert_eq!(store.get(&first.id).await, Ok(Some(first.clone())));

    // Oldest first, page by page.
    let ids = async |listed, after: Option<&CaseId>, limit| {
        let cases = store.list(listed, after, limit).await.unwrap();
        cases.into_iter().map(|case| case.id).collect::<Vec<_>>()
    };
    let [a, b, c, d] = [&first, &second, &third, &other].map(|case| case.id.clone());
    assert_eq!(ids(Listed::Open, None, 2).await, [a.clone(), b.clone()]);
    assert_eq!(ids(Listed::Open, Some(&b), 10).await, [c.clone(), d.clone()]);
    assert_eq!(ids(Listed::Open, Some(&d), 10).await, []);

    // Settled once, by whoever was first.
    let word = reconciliation("s1", NOW + Duration::DAY);
    let settled = Case {
        reconciliation: Some(word.clone()),
        ..second.clone()
    };
    assert_eq!(
        store.settle(&b, word, told()).await,
        Ok(Settled::Now(settled.clone()))
    );
    let late = reconciliation("s2", NOW + Duration::days(2));
    assert_eq!(
        store.settle(&b, late.clone(), told()).await,
        Ok(Settled::Before(settled.clone()))
    );
    assert_eq!(
        store.settle(&CaseId::generate(), late.clone(), told()).await,
        Ok(Settled::NotFound)
    );
    assert_eq!(store.get(&b).await, Ok(Some(settled)));
    assert_eq!(
        ids(Listed::Open, None, 10).await,
        [a.clone(), c.clone(), d.clone()]
    );
    assert_eq!(ids(Listed::Settled, None, 10).await, std::slice::from_ref(&b));
    assert_eq!(
        ids(Listed::All, None, 10).await,
        [a.clone(), b.clone(), c.clone(), d.clone()]
    );

    // What is open never leaves; what was settled leaves after its time, and not in the moment itself.
    assert_eq!(store.purge_settled_before(NOW + Duration::DAY).await, Ok(0));
    let far = NOW + Duration::days(10_000);
    assert!(matches!(
        store.settle(&c, reconciliation("s3", far), told()).await,
        Ok(Settled::Now(_))
    ));
    assert_eq!(store.purge_settled_before(far).await, Ok(1));
    assert_eq!(ids(Listed::All, None, 10).await, [a, c, d]);
}
