//! What staff or a paper say, outside of a visit: once a request, in words of today or of before.

use madoguchi_core::consent::{Attestation, AttestedCause, AttestedForm};
use madoguchi_core::{CardKey, RequestId, StaffId};

use super::*;

fn attested(request: &str) -> Attested {
    Attested {
        caller: caller(),
        request_id: RequestId::new(request).unwrap(),
        subject: Subject::Card(CardKey::new("cd".repeat(32)).unwrap()),
        decisions: decisions(),
        others: Vec::new(),
        wording_version: "2027-01".to_owned(),
        language: "en".to_owned(),
        attestation: Attestation {
            form: AttestedForm::Paper,
            staff_id: StaffId::new("staff-1").unwrap(),
            cause: AttestedCause::InBed,
            document_reference: Some("2026-118".to_owned()),
        },
    }
}

#[tokio::test]
async fn who_cannot_come_to_a_reader_is_recorded_by_staff_once_a_request() {
    let site = Site::new();
    let receipt = site.service.record_attested(attested("1")).await.unwrap();
    assert_eq!(receipt.method, CaptureMethod::Paper);
    assert_eq!(
        (&receipt.check_in_id, receipt.certificate_thumbprint.as_str()),
        (&None, "")
    );
    site.clock.0.store(60, Ordering::Relaxed);
    assert_eq!(
        site.service.record_attested(attested("1")).await,
        Ok(receipt.clone())
    );
    let mut otherwise = attested("1");
    otherwise.attestation.form = AttestedForm::Spoken;
    assert_eq!(
        site.service.record_attested(otherwise).await,
        Err(Reason::RequestIdReused.into())
    );
    assert_eq!(site.actions(), [Action::ConsentRecorded]);
    let claims = verify(&*site.keys, receipt.token.as_deref().unwrap()).unwrap();
    assert_eq!(claims.attestation, receipt.attestation);
    let filter = Filter {
        card_key: receipt.card_key.clone(),
        ..Filter::default()
    };
    assert_eq!(site.service.find(filter, None, 10).await, Ok(vec![receipt]));
}

#[tokio::test]
async fn a_paper_that_was_signed_in_former_words_is_recorded_and_a_screen_asks_in_those_of_today() {
    let site = Site::new();
    let former = Attested {
        wording_version: "2026-12".to_owned(),
        ..attested("1")
    };
    let receipt = site.service.record_attested(former).await.unwrap();
    assert_eq!(receipt.wording_version, "2026-12");
    // That version did not say what for.
    assert_eq!(receipt.purpose, "");
    let never = Attested {
        wording_version: "1999-01".to_owned(),
        ..attested("2")
    };
    let refusal = site.service.record_attested(never).await.unwrap_err();
    assert_eq!(refusal.violations[0].field, "wording_version");
    let on_screen = Record {
        wording_version: "2026-12".to_owned(),
        ..record()
    };
    assert_eq!(site.service.record(on_screen).await, Err(Reason::InvalidArgument));
}

#[tokio::test]
async fn a_request_that_was_acknowledged_before_an_upgrade_is_found_after_it() {
    let site = Site::new();
    let receipt = site.service.record_attested(attested("1")).await.unwrap();
    // The next version asks less, in other words, and for another facility.
    let parts = Parts {
        items: Items::of(&[Item::Diagnosis]),
        options: Options {
            issuer: "clinic-8".to_owned(),
            requester: None,
        },
        ..(*site.service.parts).clone()
    };
    let upgraded = Service::new(parts);
    assert_eq!(upgraded.record_attested(attested("1")).await, Ok(receipt));
    let mut otherwise = attested("1");
    otherwise.decisions[0].granted = true;
    assert_eq!(
        upgraded.record_attested(otherwise).await,
        Err(Reason::RequestIdReused.into())
    );
    assert!(upgraded.record_attested(attested("2")).await.is_err());
}
