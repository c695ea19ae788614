//! A visit that ends well is vouched for, once, and no other is.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_checkin::{CheckIns, Parts};
use madoguchi_core::check_in::{Outcome, State};
use madoguchi_core::consent::{Item, Meaning};
use madoguchi_core::evidence::{Assurance, Evidence, Evidences, Facts, Revocation};
use madoguchi_core::{CheckInId, Medium, Reason};
use madoguchi_evidence::{Expected, verify};
use time::OffsetDateTime;

use crate::house::{House, until_pending};

#[tokio::test]
async fn a_visit_that_ends_well_has_evidence_of_what_it_came_to() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let end = house.lead(&started).await;
    assert_eq!(end.state, State::Completed);
    let evidence = end.evidence.clone().unwrap();
    let token = evidence.token.clone();
    let claims = verify(&*house.keys, &token, &Expected::default()).unwrap();
    assert_eq!((&claims.sub, &claims.counter_id), (&end.id, &end.counter_id));
    assert_eq!(
        (Some(claims.medium), Some(claims.method)),
        (end.medium, end.method)
    );
    assert_eq!(claims.certificate.sha256, end.check.unwrap().thumbprint);
    assert_eq!(claims.certificate.revocation, Revocation::NotChecked);
    assert_eq!(claims.eligibility.assurance, Assurance::Simulated);
    let receipt = end.receipt.unwrap();
    assert!(claims.is_receipt(receipt.token.as_deref().unwrap()));
    // What is kept with the end is what was told.
    let ending = house.resources.endings().pop().unwrap();
    assert_eq!(ending.evidence.as_ref(), Some(&evidence));
    assert_eq!(evidence.id, claims.jti);
    // And the receipt has heard what the service said about it.
    assert!(receipt.confirmation.unwrap().said.simulated);
}

#[tokio::test]
async fn who_is_known_to_be_under_forty_refused_no_check_up() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let prompt = until_pending(&mut updates).await;
    house.submit_pin(&prompt, "1234", false).await;
    let asked = until_pending(&mut updates).await;
    house.submit_consents(&asked, false).await;
    let end = until_pending(&mut updates).await;
    let (receipt, answer) = (end.receipt.unwrap(), end.answer.unwrap());
    let born = answer.insurances[0].birth_date.unwrap();
    let age = OffsetDateTime::now_utc().year() - born.year();
    assert!(
        !(39..=41).contains(&age),
        "the made-up person is about to turn forty: {born}"
    );
    let expected = if age < 40 {
        Meaning::NotApplicable
    } else {
        Meaning::Refused
    };
    assert_eq!(receipt.meaning(Item::HealthCheckup), Some(expected));
    // 限度額 needs no consent, and nothing else came along.
    assert!(answer.insurances[0].limit_classification.is_some());
    assert!(answer.medications.is_none() && answer.diagnoses.is_none() && answer.health_checkups.is_none());
}

#[tokio::test]
async fn a_visit_that_does_not_end_well_has_none() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let end = house.check_ins.cancel(&started.id).await.unwrap();
    assert_eq!((end.state, end.evidence), (State::Cancelled, None));
    let ending = house.resources.endings().pop().unwrap();
    assert_eq!(ending.evidence, None);
}

/// Has lost its key.
struct Keyless;

#[async_trait]
impl Evidences for Keyless {
    fn vouch(&self, _: Facts) -> Result<Evidence, Reason> {
        Err(Reason::Internal)
    }

    async fn get(&self, _: &CheckInId) -> Result<Evidence, Reason> {
        Err(Reason::StoreUnavailable)
    }
}

#[tokio::test]
async fn a_visit_that_cannot_be_vouched_for_does_not_end_well() {
    let house = House::new().await;
    let parts = Parts {
        evidences: Arc::new(Keyless),
        ..house.parts.clone()
    };
    let check_ins = CheckIns::open(parts).await.unwrap();
    let house = House { check_ins, ..house };
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let end = house.lead(&started).await;
    let Some(Outcome::Failed(failure)) = &end.outcome else {
        panic!("{:?}", end.outcome)
    };
    assert_eq!(failure.reason, Reason::Internal);
    assert!(end.evidence.is_none() && end.answer.is_none());
}
