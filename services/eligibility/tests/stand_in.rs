//! The stand-in with real certificates and signatures, in the order of its checks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use madoguchi_certificate::{Anchors, Verifier, spki_sha256_hex, thumbprint};
use madoguchi_core::certificate::{CertificateDer, Outcome};
use madoguchi_core::consent::{CaptureMethod, Decision, Item, Receipt};
use madoguchi_core::eligibility::{Challenge, Eligibility, Request, Validity};
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::{CardKey, ChallengeId, CheckInId, Clock, CounterId, Medium, Reason, ReceiptId};
use madoguchi_eligibility::observed::canonical;
use madoguchi_eligibility::{
    MemoryChallenges, MemoryRegistrations, NoRecords, Options, Record, Records, StandIn, made_up,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P384_SHA384, SigningKey,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const START: OffsetDateTime = datetime!(2026-01-15 09:00 +9);

/// A clock that the test moves.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        START + Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// Every card is the same.
struct OneCard;

impl Pseudonyms for OneCard {
    #[expect(clippy::unwrap_used, reason = "a fixture of a test")]
    fn card(&self, _issuer: &[u8], _serial: &[u8]) -> CardKey {
        CardKey::new("ab".repeat(32)).unwrap()
    }
}

struct Desk {
    service: StandIn,
    clock: Arc<Hand>,
    key: KeyPair,
    leaf: CertificateDer,
}

#[expect(clippy::unwrap_used, reason = "fixtures of a test")]
fn desk_with(records: Arc<dyn Records>) -> Desk {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "JPKI-TEST");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let root = params.self_signed(&root_key).unwrap();
    let anchors = Anchors::from_pem("root.pem".as_ref(), root.pem().as_bytes()).unwrap();
    let issuer = Issuer::new(params, root_key);

    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let mut params = CertificateParams::default();
    params.not_before = datetime!(2021-02-01 00:00 +9);
    params.not_after = datetime!(2026-01-31 23:59:59 +9);
    let leaf = CertificateDer::new(params.signed_by(&key, &issuer).unwrap().der().to_vec());
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let service = StandIn::new(
        Options::default(),
        Arc::new(Verifier::new(anchors).with_pseudonyms(Arc::new(OneCard))),
        Arc::new(MemoryChallenges::default()),
        Arc::new(MemoryRegistrations::default()),
        records,
        Arc::clone(&clock) as Arc<dyn Clock>,
    );
    Desk {
        service,
        clock,
        key,
        leaf,
    }
}

fn desk() -> Desk {
    desk_with(Arc::new(NoRecords))
}

impl Desk {
    #[expect(clippy::unwrap_used, reason = "a step of a test")]
    fn request(&self, challenge: &Challenge, receipt: Option<Receipt>) -> Request {
        Request {
            challenge_id: challenge.id.clone(),
            certificate: self.leaf.clone(),
            intermediates: vec![],
            signature: self.key.sign(&challenge.bytes).unwrap(),
            medium: Medium::Card,
            receipt,
            visit: None,
            expected: None,
        }
    }

    #[expect(clippy::unwrap_used, reason = "a step of a test")]
    fn receipt(&self, thumbprint: String) -> Receipt {
        let decide = |item| Decision {
            item,
            granted: item != Item::Surgery,
        };
        Receipt {
            id: ReceiptId::generate(),
            check_in_id: Some(CheckInId::generate()),
            counter_id: Some(CounterId::new("counter-1").unwrap()),
            card_key: None,
            others: Vec::new(),
            attestation: None,
            requester: None,
            purpose: String::new(),
            token: None,
            confirmation: None,
            withdrawal: None,
            certificate_thumbprint: thumbprint,
            decisions: Item::ALL.map(decide).into(),
            wording_version: "2026-11".to_owned(),
            language: "ja".to_owned(),
            method: CaptureMethod::Client,
            recorded_at: self.clock.now(),
        }
    }
}

#[tokio::test]
async fn a_signed_challenge_is_answered_once_and_cut_to_the_receipt() {
    let desk = desk();
    let challenge = desk.service.create_challenge().await.unwrap();
    assert_eq!(challenge.bytes.len(), 32);
    assert_eq!(challenge.expires_at, START + Duration::minutes(15));
    assert_ne!(
        desk.service.create_challenge().await.unwrap().bytes,
        challenge.bytes
    );

    let request = desk.request(&challenge, Some(desk.receipt(thumbprint(&desk.leaf))));
    let answer = desk.service.check(request.clone()).await.unwrap();
    assert_eq!(
        (answer.validity, answer.certificate_outcome),
        (Validity::Valid, Outcome::Full)
    );
    assert_eq!(answer.confirmed_at, START);
    let person = canonical(made_up(&spki_sha256_hex(&desk.leaf).unwrap()));
    assert_eq!(answer.insurances, person.insurances);
    assert_eq!(answer.diagnoses, person.diagnoses);
    assert_eq!(answer.surgeries, None);
    assert_eq!(desk.service.check(request).await, Err(Reason::ChallengeUnknown));
}

#[tokio::test]
async fn without_a_receipt_only_the_insurance_is_answered() {
    let desk = desk();
    let challenge = desk.service.create_challenge().await.unwrap();
    let answer = desk.service.check(desk.request(&challenge, None)).await.unwrap();
    assert_eq!(answer.insurances.len(), 1);
    assert!(answer.diagnoses.is_none() && answer.medications.is_none() && answer.health_checkups.is_none());
}

#[tokio::test]
async fn an_expired_card_gives_the_insurance_only_whatever_was_consented() {
    let desk = desk();
    desk.clock
        .0
        .store(Duration::days(30).whole_seconds(), Ordering::SeqCst);
    let challenge = desk.service.create_challenge().await.unwrap();
    let request = desk.request(&challenge, Some(desk.receipt(thumbprint(&desk.leaf))));
    let answer = desk.service.check(request).await.unwrap();
    assert_eq!(answer.certificate_outcome, Outcome::EligibilityOnly);
    assert!(answer.insurances[0].limit_classification.is_some());
    assert!(answer.diagnoses.is_none() && answer.medications.is_none() && answer.health_checkups.is_none());

    let challenge = desk.service.create_challenge().await.unwrap();
    let phone = Request {
        medium: Medium::Android,
        ..desk.request(&challenge, None)
    };
    assert_eq!(desk.service.check(phone).await, Err(Reason::CertificateExpired));
}

#[tokio::test]
async fn each_check_refuses_with_its_reason_and_consumes_the_challenge() {
    let desk = desk();
    let stranger = desk_with(Arc::new(NoRecords));
    let unknown = Challenge {
        id: ChallengeId::generate(),
        bytes: vec![0; 32],
        expires_at: START,
    };
    assert_eq!(
        desk.service.check(desk.request(&unknown, None)).await,
        Err(Reason::ChallengeUnknown)
    );

    let foreign = |request: Request| Request {
        certificate: stranger.leaf.clone(),
        ..request
    };
    let unsigned = |request: Request| Request {
        signature: vec![0; 256],
        ..request
    };
    let of_another = |request: Request| Request {
        receipt: Some(desk.receipt("cd".repeat(32))),
        ..request
    };
    let cases: [(&dyn Fn(Request) -> Request, Reason); 3] = [
        (&foreign, Reason::CertificateNotTrusted),
        (&unsigned, Reason::SignatureInvalid),
        (&of_another, Reason::ConsentReceiptInvalid),
    ];
    for (spoil, reason) in cases {
        let challenge = desk.service.create_challenge().await.unwrap();
        let good = desk.request(&challenge, None);
        assert_eq!(desk.service.check(spoil(good.clone())).await, Err(reason));
        assert_eq!(desk.service.check(good).await, Err(Reason::ChallengeUnknown));
    }
}

#[tokio::test]
async fn a_receipt_that_was_recorded_for_the_card_alone_goes_by_the_card() {
    let desk = desk();
    let for_card = |card: Option<&str>| Receipt {
        card_key: card.map(|pair| CardKey::new(pair.repeat(32)).unwrap()),
        ..desk.receipt(String::new())
    };
    for (card, diagnosed) in [
        (Some("ab"), Ok(true)),
        (Some("cd"), Err(Reason::ConsentReceiptInvalid)),
        (None, Err(Reason::ConsentReceiptInvalid)),
    ] {
        let challenge = desk.service.create_challenge().await.unwrap();
        let answer = desk
            .service
            .check(desk.request(&challenge, Some(for_card(card))))
            .await;
        assert_eq!(answer.map(|answer| answer.diagnoses.is_some()), diagnosed);
    }
}

#[tokio::test]
async fn a_challenge_lives_a_quarter_of_an_hour() {
    let desk = desk();
    let early = desk.service.create_challenge().await.unwrap();
    let late = desk.service.create_challenge().await.unwrap();
    desk.clock.0.store(15 * 60 - 1, Ordering::SeqCst);
    assert!(desk.service.check(desk.request(&early, None)).await.is_ok());
    desk.clock.0.store(15 * 60, Ordering::SeqCst);
    assert_eq!(
        desk.service.check(desk.request(&late, None)).await,
        Err(Reason::ChallengeUnknown)
    );
}

#[tokio::test]
async fn a_prepared_person_is_found_by_the_key() {
    struct Prepared;
    impl Records for Prepared {
        fn find(&self, spki_sha256: &str) -> Option<Record> {
            let mut record = made_up(spki_sha256);
            record.validity = Validity::ValidNotRegistered;
            (spki_sha256.len() == 64).then_some(record)
        }
    }
    let desk = desk_with(Arc::new(Prepared));
    let challenge = desk.service.create_challenge().await.unwrap();
    let answer = desk.service.check(desk.request(&challenge, None)).await.unwrap();
    assert_eq!(answer.validity, Validity::ValidNotRegistered);
}

#[tokio::test]
async fn a_signature_over_another_challenge_proves_nothing() {
    let desk = desk();
    let first = desk.service.create_challenge().await.unwrap();
    let second = desk.service.create_challenge().await.unwrap();
    let swapped = Request {
        signature: desk.request(&second, None).signature,
        ..desk.request(&first, None)
    };
    assert_eq!(desk.service.check(swapped).await, Err(Reason::SignatureInvalid));
    // The challenge is spent, also for the right signature.
    let late = desk.request(&first, None);
    assert_eq!(desk.service.check(late).await, Err(Reason::ChallengeUnknown));
    assert!(desk.service.check(desk.request(&second, None)).await.is_ok());
}
