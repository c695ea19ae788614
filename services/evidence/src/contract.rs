//! What every [`EvidenceStore`] keeps to. The store in memory and each database run the same suite.
#![expect(clippy::unwrap_used, reason = "a suite of assertions")]

use madoguchi_core::certificate::{Outcome, Revocation};
use madoguchi_core::eligibility::Validity;
use madoguchi_core::evidence::{Assurance, Evidence, Facts, ProvenReceipt};
use madoguchi_core::{CheckInId, CounterId, EvidenceId, Medium, Method, ReceiptId};
use time::macros::datetime;

use crate::EvidenceStore;

/// What a visit of a card by PIN came to.
#[must_use]
pub fn facts() -> Facts {
    Facts {
        check_in_id: CheckInId::generate(),
        counter_id: CounterId::new("counter-1").unwrap(),
        started_at: datetime!(2026-11-22 08:59:30 UTC),
        medium: Medium::Card,
        method: Method::Pin,
        visual_check: None,
        certificate_thumbprint: "ab".repeat(32),
        certificate_outcome: Outcome::Full,
        revocation: Revocation::NotChecked,
        receipt: Some(ProvenReceipt {
            id: ReceiptId::generate(),
            token: "a.b.c".to_owned(),
        }),
        validity: Some(Validity::Valid),
        assurance: Assurance::Simulated,
        confirmed_at: Some(datetime!(2026-11-22 09:00 UTC)),
    }
}

fn evidence(token: &str) -> Evidence {
    Evidence {
        id: EvidenceId::generate(),
        check_in_id: CheckInId::generate(),
        token: token.to_owned(),
        issued_at: datetime!(2026-11-22 09:00:00.123456 UTC),
        expires_at: datetime!(2026-11-23 09:00:00.123456 UTC),
    }
}

/// Runs the whole suite; `put` ends a visit with that evidence.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn evidence_store(store: &dyn EvidenceStore, put: impl AsyncFn(Evidence)) {
    let (first, other) = (evidence("a.b.c"), evidence("d.e.f"));
    assert_eq!(store.get(&first.check_in_id).await, Ok(None));
    for one in [&first, &other] {
        put(one.clone()).await;
        // What goes in comes out, to the microsecond.
        assert_eq!(store.get(&one.check_in_id).await.as_ref(), Ok(&Some(one.clone())));
    }
    assert_eq!(store.get(&first.check_in_id).await, Ok(Some(first)));
}
