//! A visit that ends well is vouched for, once, and no other is.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_checkin::{CheckIns, Parts};
use madoguchi_core::certificate::{CertificateDer, Outcome as Certificate, Revocation};
use madoguchi_core::check_in::{CheckIn, Outcome, State};
use madoguchi_core::consent::{Item, Meaning};
use madoguchi_core::eligibility::{Answer, Basis, Challenge, DeferredRequest, Eligibility, Request};
use madoguchi_core::evidence::{Assurance, Evidence, Evidences, Facts};
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

/// What somebody else than the stand-in would say of the certificate.
#[derive(Clone, Copy)]
enum Says {
    Answered { simulated: bool, basis: Basis },
    Revoked,
}

struct Service(Arc<dyn Eligibility>, Says);

#[async_trait]
impl Eligibility for Service {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        self.0.create_challenge().await
    }

    async fn check(&self, request: Request) -> Result<Answer, Reason> {
        let answer = self.0.check(request).await?;
        match self.1 {
            Says::Answered { simulated, basis } => Ok(Answer {
                simulated,
                basis,
                ..answer
            }),
            Says::Revoked => Err(Reason::CertificateRevoked),
        }
    }

    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        self.0.check_deferred(request).await
    }

    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason> {
        self.0.is_registered(certificate).await
    }

    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        self.0.register(certificate).await
    }
}

async fn asked(says: Says) -> (House, CheckIn) {
    let house = House::new().await;
    let parts = Parts {
        eligibility: Arc::new(Service(house.eligibility.clone(), says)),
        ..house.parts.clone()
    };
    let check_ins = CheckIns::open(parts).await.unwrap();
    let house = House { check_ins, ..house };
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let end = house.lead(&started).await;
    (house, end)
}

#[tokio::test]
async fn a_certificate_is_good_where_the_national_service_judged_it_and_nowhere_else() {
    let cases = [
        (false, Basis::Certificate, Revocation::Good, Assurance::National),
        (
            false,
            Basis::TerminalResult,
            Revocation::NotChecked,
            Assurance::National,
        ),
        (
            true,
            Basis::Certificate,
            Revocation::NotChecked,
            Assurance::Simulated,
        ),
    ];
    for (simulated, basis, revocation, assurance) in cases {
        let (house, end) = asked(Says::Answered { simulated, basis }).await;
        assert_eq!(end.state, State::Completed);
        let token = end.evidence.unwrap().token;
        let claims = verify(&*house.keys, &token, &Expected::default()).unwrap();
        assert_eq!(claims.certificate.revocation, revocation, "{basis:?}");
        assert_eq!(claims.eligibility.assurance, assurance, "{basis:?}");
        // The check of the visit says the same.
        assert_eq!(end.check.unwrap().revocation, revocation, "{basis:?}");
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_good_for_nothing_and_the_visit_says_so() {
    let (_, end) = asked(Says::Revoked).await;
    let Some(Outcome::Failed(failure)) = &end.outcome else {
        panic!("{:?}", end.outcome)
    };
    assert_eq!(failure.reason, Reason::CertificateRevoked);
    let check = end.check.unwrap();
    assert_eq!(
        (check.outcome, check.revocation, check.reason),
        (
            Certificate::Refused,
            Revocation::Revoked,
            Some(Reason::CertificateRevoked)
        )
    );
    assert!(end.evidence.is_none());
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
