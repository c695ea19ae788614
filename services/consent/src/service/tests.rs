//! Answers become receipts that stay, and what comes later stands beside them.

mod attested;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::consent::{
    CaptureMethod, Decision, Happened, Item, Meaning, OtherDecision, Window, WithdrawalReason,
};
use madoguchi_core::deferral::Proof;
use madoguchi_core::eligibility::{Answer, Challenge, DeferredRequest, Eligibility, Request};
use madoguchi_core::{CallerId, ConsentItemId, CounterId, Medium};
use madoguchi_keys::MemoryKeys;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::{CurrentConsent, InvalidAnswers, Kind, MemoryReceipts, verify};

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00:00.123456789 UTC);

/// A clock that is put forward by hand.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        NOW + Duration::seconds(self.0.load(Ordering::Relaxed))
    }
}

struct Site {
    service: Service,
    keys: Arc<MemoryKeys>,
    receipts: Arc<MemoryReceipts>,
    clock: Arc<Hand>,
}

impl Site {
    fn new() -> Self {
        let (keys, receipts) = (
            Arc::new(MemoryKeys::generate().unwrap()),
            Arc::<MemoryReceipts>::default(),
        );
        let clock = Arc::<Hand>::default();
        let service = Service::new(Parts {
            items: Items::current().unwrap(),
            wording: Wording::current().unwrap(),
            options: Options {
                issuer: "clinic-7".to_owned(),
                requester: Some(Requester {
                    name: "窓口診療所".to_owned(),
                    facility_code: None,
                }),
            },
            store: receipts.clone(),
            signer: keys.clone(),
            clock: clock.clone(),
        });
        Self {
            service,
            keys,
            receipts,
            clock,
        }
    }

    /// What auditors were told.
    fn actions(&self) -> Vec<Action> {
        let told = self.receipts.told().into_iter();
        told.map(|event| event.action).collect()
    }
}

fn decisions() -> Vec<Decision> {
    let decision = |item| Decision {
        item,
        granted: item == Item::Surgery,
    };
    Item::ALL.map(decision).into()
}

fn record() -> Record {
    Record {
        check_in_id: CheckInId::generate(),
        counter_id: CounterId::new("counter-1").unwrap(),
        certificate_thumbprint: "ab".repeat(32),
        decisions: decisions(),
        others: Vec::new(),
        wording_version: "2027-01".to_owned(),
        language: "ja".to_owned(),
        method: CaptureMethod::Client,
        attestation: None,
        told: Event::new(Action::ConsentRecorded),
    }
}

fn caller() -> CallerId {
    CallerId::new("spiffe://clinic/emr").unwrap()
}

fn withdraw(reason: WithdrawalReason) -> Withdraw {
    Withdraw {
        caller: caller(),
        staff_id: None,
        reason,
    }
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    crate::contract::receipt_store(&MemoryReceipts::default()).await;
}

#[tokio::test]
async fn an_answer_becomes_a_signed_receipt_that_can_be_found() {
    let site = Site::new();
    let record = record();
    let receipt = site.service.record(record.clone()).await.unwrap();
    assert!(receipt.grants(Item::Surgery, NOW) && !receipt.grants(Item::Diagnosis, NOW));
    assert_eq!(receipt.recorded_at, datetime!(2026-11-22 09:00:00.123456 UTC));
    assert_eq!(receipt.purpose, "診察、治療、調剤などに役立てるため");
    assert_eq!(receipt.requester.as_ref().unwrap().name, "窓口診療所");
    assert_eq!(site.service.get(&receipt.id).await, Ok(receipt.clone()));
    assert_eq!(
        site.service.list(&record.check_in_id).await,
        Ok(vec![receipt.clone()])
    );
    let claims = verify(&*site.keys, receipt.token.as_deref().unwrap()).unwrap();
    assert_eq!((claims.kind, &claims.receipt_id), (Kind::Receipt, &receipt.id));
    assert_eq!(claims.decisions.iter().filter(|one| one.granted).count(), 1);
    assert_eq!(
        site.service.get(&ReceiptId::generate()).await,
        Err(Reason::ReceiptNotFound)
    );
}

#[tokio::test]
async fn the_same_answers_again_are_the_same_receipt_and_others_come_too_late() {
    let site = Site::new();
    let record = record();
    let first = site.service.record(record.clone()).await.unwrap();
    let mut reordered = record.clone();
    reordered.decisions.reverse();
    assert_eq!(site.service.record(reordered).await, Ok(first));
    let mut changed = record;
    changed.decisions[0].granted = true;
    assert_eq!(site.service.record(changed).await, Err(Reason::ActionNotPending));
}

#[tokio::test]
async fn each_item_is_answered_exactly_once_in_a_wording_that_was_asked() {
    let site = Site::new();
    let mut missing = record();
    missing.decisions.pop();
    let mut duplicate = record();
    duplicate.decisions.push(Decision {
        item: Item::Medication,
        granted: true,
    });
    let mut version = record();
    version.wording_version = "1999-01".to_owned();
    let mut language = record();
    language.language = "tlh".to_owned();
    let mut others = record();
    others.others.push(OtherDecision {
        item_id: ConsentItemId::new("dental").unwrap(),
        granted: true,
    });
    let cases = [
        (
            missing,
            InvalidAnswers::Missing(Item::HealthCheckup),
            "health_checkup was asked and is not answered",
        ),
        (
            duplicate,
            InvalidAnswers::Duplicate(Item::Medication),
            "medication is answered more than once",
        ),
        (
            version,
            InvalidAnswers::WordingVersion,
            "it is not a version of the wording that was asked",
        ),
        (
            language,
            InvalidAnswers::Language,
            "it is not a language of that wording",
        ),
        (
            others,
            InvalidAnswers::Others,
            "only items that were asked may be answered, each once",
        ),
    ];
    for (record, error, sentence) in cases {
        let answers = Answers {
            decisions: &record.decisions,
            others: &record.others,
            wording_version: &record.wording_version,
            language: &record.language,
            attested: false,
        };
        assert_eq!(
            site.service.check(&answers),
            Err(Refusal::field(error.field(), sentence))
        );
        let visit = record.check_in_id.clone();
        assert_eq!(site.service.record(record).await, Err(Reason::InvalidArgument));
        assert_eq!(site.service.list(&visit).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn what_is_taken_back_is_taken_back_once_and_says_so() {
    let site = Site::new();
    let receipt = site.service.record(record()).await.unwrap();
    site.clock.0.store(60, Ordering::Relaxed);
    let taken = site
        .service
        .withdraw(&receipt.id, withdraw(WithdrawalReason::Patient))
        .await
        .unwrap();
    assert!(!taken.grants(Item::Surgery, site.clock.now()));
    // It was allowed to be seen before.
    assert!(taken.grants(Item::Surgery, NOW));
    site.clock.0.store(120, Ordering::Relaxed);
    let again = site
        .service
        .withdraw(&receipt.id, withdraw(WithdrawalReason::NotNeeded))
        .await;
    assert_eq!(again, Ok(taken.clone()));
    assert_eq!(
        site.actions(),
        [Action::ConsentRecorded, Action::ConsentWithdrawn]
    );
    let withdrawal = taken.withdrawal.unwrap();
    let claims = verify(&*site.keys, &withdrawal.token).unwrap();
    assert_eq!(
        (claims.kind, claims.reason),
        (Kind::Withdrawal, Some(WithdrawalReason::Patient))
    );
    assert!(claims.is_about(receipt.token.as_deref().unwrap()));
    assert!(!claims.is_about(&withdrawal.token));
}

#[tokio::test]
async fn the_national_services_word_ends_an_item_and_says_what_a_no_meant() {
    let site = Site::new();
    let receipt = site.service.record(record()).await.unwrap();
    assert_eq!(
        receipt.meaning(Item::HealthCheckup),
        Some(Meaning::RefusedOrUnderForty)
    );
    let until = datetime!(2026-11-23 09:00 UTC);
    let said = Said {
        simulated: false,
        under_forty: Some(true),
        windows: vec![Window {
            item: Item::Surgery,
            consented_at: Some(NOW),
            available_until: Some(until),
        }],
    };
    let dated = site.service.confirm(&receipt.id, said.clone()).await.unwrap();
    assert_eq!(site.service.confirm(&receipt.id, said).await, Ok(dated.clone()));
    assert_eq!(dated.meaning(Item::HealthCheckup), Some(Meaning::NotApplicable));
    assert!(dated.grants(Item::Surgery, until - Duration::SECOND) && !dated.grants(Item::Surgery, until));
    let claims = verify(&*site.keys, &dated.confirmation.unwrap().token).unwrap();
    assert_eq!(claims.windows[0].available_until, Some(until.unix_timestamp()));

    assert_eq!(site.service.expire().await, Ok(vec![]));
    site.clock.0.store(86_400, Ordering::Relaxed);
    let expired = site.service.expire().await.unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(site.service.expire().await, Ok(vec![]));
    assert_eq!(site.actions(), [Action::ConsentRecorded, Action::ConsentExpired]);
    let happened: Vec<_> = site.service.happenings(0, 10).await.unwrap();
    let happened: Vec<_> = happened.into_iter().map(|one| one.happened).collect();
    assert_eq!(
        happened,
        [
            Happened::Recorded,
            Happened::Confirmed,
            Happened::Expired(Item::Surgery)
        ]
    );
    assert_eq!(site.service.last_happening().await, Ok(3));
}

/// A national service that remembers the receipt of the question that was put off.
#[derive(Default)]
struct Remembers(OnceLock<Receipt>);

#[async_trait]
impl Eligibility for Remembers {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check(&self, _: Request) -> Result<Answer, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        self.0.set(request.proof.receipt.unwrap()).unwrap();
        Err(Reason::EligibilityUnavailable)
    }

    async fn is_registered(&self, _: &CertificateDer) -> Result<bool, Reason> {
        Ok(true)
    }

    async fn register(&self, _: &CertificateDer) -> Result<(), Reason> {
        Ok(())
    }
}

#[tokio::test]
async fn a_question_that_was_put_off_is_asked_with_consent_as_it_stands_then() {
    let site = Site::new();
    let receipt = site.service.record(record()).await.unwrap();
    assert!(receipt.grants(Item::Surgery, NOW));
    let asked = DeferredRequest {
        check_in_id: receipt.check_in_id.clone().unwrap(),
        medium: Medium::Card,
        verified_at: NOW,
        proof: Proof {
            certificate: CertificateDer::new(vec![1]),
            challenge: vec![2],
            challenge_id: None,
            signature: vec![3],
            receipt: Some(receipt.clone()),
        },
    };
    let taken = withdraw(WithdrawalReason::Patient);
    site.service.withdraw(&receipt.id, taken).await.unwrap();
    let national = Arc::<Remembers>::default();
    let current = CurrentConsent::new(national.clone(), Arc::new(site.service.clone()));
    let answer = current.check_deferred(asked).await;
    assert_eq!(answer.err(), Some(Reason::EligibilityUnavailable));
    assert!(!national.0.get().unwrap().grants(Item::Surgery, NOW));
}
