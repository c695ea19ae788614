//! Authentications of their own, over a twin reader in memory and the real card application.
#![expect(clippy::unwrap_used, reason = "assertions")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_audit::{EntryStore, Log, MemoryEntries};
use madoguchi_auth::{
    Authentications, Counter, Counters, Options, Parts, StartRequest, Submission, Workflow,
};
use madoguchi_certificate::{Anchors, MemoryOutlook, Profile, Verifier, contract};
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::authentication::{Authentication, State};
use madoguchi_core::certificate::{Certificates as _, Outcome};
use madoguchi_core::check_in::Action;
use madoguchi_core::clock::SystemClock;
use madoguchi_core::outlook::{Outlook as _, Window};
use madoguchi_core::pseudonym::Pseudonyms;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Page, PinHolder};
use madoguchi_core::{CallerId, CardKey, CounterId, Medium, Method, Pin, ReaderId, Reason, RequestId};
use madoguchi_pin::{Budget, MemoryAccounts, ReadablePseudonyms};
use madoguchi_session::MemoryResources;
use madoguchi_twin::{MemorySession, Persona, Shown, TestCa, TwinReaders, VirtualCard};
use time::OffsetDateTime;

const CHALLENGE: &[u8] = b"a challenge of the caller's own";

struct House {
    authentications: Authentications,
    readers: TwinReaders,
    reader: ReaderId,
    verifier: Arc<Verifier>,
    entries: Arc<MemoryEntries>,
    outlook: Arc<MemoryOutlook>,
}

/// Every card has one name.
struct OneName;

impl Pseudonyms for OneName {
    fn card(&self, _: &[u8], _: &[u8]) -> CardKey {
        contract::card('a')
    }
}

impl House {
    async fn new() -> Self {
        Self::telling(90).await
    }

    /// A house that is told of certificates that expire within so many days.
    async fn telling(warning_days: u32) -> Self {
        let ca = TestCa::new().unwrap();
        let anchors = Anchors::from_pem(Path::new("twin"), ca.root_pem().as_bytes()).unwrap();
        let profile = Profile {
            warning_days: Some(warning_days),
            ..Profile::default()
        };
        let verifier = Verifier::new(anchors)
            .with_profile(profile)
            .with_pseudonyms(Arc::new(OneName));
        let verifier = Arc::new(verifier);
        let outlook = Arc::new(MemoryOutlook::default());
        let clock = Arc::new(SystemClock);
        let readers = TwinReaders::new(1).unwrap();
        let entries = Arc::new(MemoryEntries::default());
        let audit = Arc::new(Log::new(
            Arc::clone(&entries) as Arc<dyn EntryStore>,
            clock.clone(),
        ));
        let options = Options {
            card_wait_seconds: 5,
            ..Options::default()
        };
        let accounts = Arc::new(MemoryAccounts::default());
        let workflow = Workflow::new(
            Arc::new(readers.clone()),
            verifier.clone(),
            Arc::new(Budget::new(
                accounts.clone(),
                Arc::new(ReadablePseudonyms),
                clock.clone(),
            )),
            audit.clone(),
            clock.clone(),
            options,
        )
        .with_outlook(outlook.clone());
        let counter = Counter {
            id: counter_id(),
            readers: vec!["*".to_owned()],
        };
        let store = Arc::new(MemoryResources::default());
        let parts = Parts {
            workflow,
            counters: Counters::new([counter]),
            store,
            clock,
            audit,
            table: Default::default(),
        };
        let authentications = Authentications::open(parts).await.unwrap();
        let reader = readers.id(1).unwrap();
        Self {
            authentications,
            readers,
            reader,
            verifier,
            entries,
            outlook,
        }
    }

    fn put(&self, persona: &str) {
        let persona = Persona::by_name(persona).unwrap().unwrap();
        let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
        self.readers.put(&self.reader, MemorySession::new(card));
    }

    async fn start(
        &self,
        request_id: &str,
        challenge: &[u8],
    ) -> Result<Authentication, madoguchi_core::Refusal> {
        let start = StartRequest {
            caller: CallerId::new("remote").unwrap(),
            request_id: RequestId::new(request_id).unwrap(),
            counter_id: counter_id(),
            medium: Some(Medium::Card),
            challenge: challenge.to_vec(),
            language: "ja".to_owned(),
            timeout: Duration::from_secs(30),
        };
        self.authentications.start(start).await
    }
}

fn counter_id() -> CounterId {
    CounterId::new("1").unwrap()
}

#[tokio::test]
async fn the_chip_signs_the_callers_challenge() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start("r1", CHALLENGE).await.unwrap();
    let mut updates = house.authentications.watch(&started.id, 0).await.unwrap();
    let mut ended = None;
    while let Some(now) = updates.next().await {
        if let Some(pending) = &now.pending {
            assert!(matches!(pending.action, Action::EnterPin(_)));
            let pin = Pin::new(b"1234".to_vec()).unwrap();
            house
                .authentications
                .submit(
                    &now.id,
                    pending.id.clone(),
                    Submission::Pin {
                        pin,
                        confirm_last_try: false,
                        agreed_by: None,
                        holder: PinHolder::Patient,
                    },
                )
                .await
                .unwrap();
        }
        ended = Some(now);
    }
    let ended = ended.unwrap();
    assert_eq!((ended.state, ended.method), (State::Succeeded, Some(Method::Pin)));
    assert_eq!(ended.check.unwrap().outcome, Outcome::Full);
    let proof = ended.proof.unwrap();
    assert!(
        house
            .verifier
            .verify_signature(&proof.certificate, CHALLENGE, &proof.signature)
            .is_ok()
    );
    let other = house
        .verifier
        .verify_signature(&proof.certificate, b"another", &proof.signature);
    assert_eq!(other, Err(Reason::SignatureInvalid));
}

#[tokio::test]
async fn the_reader_s_screen_speaks_the_language_that_was_asked_for() {
    for language in ["ja", "en", "zh-Hans", "ko", "vi"] {
        let house = House::new().await;
        house.readers.change(&house.reader, |reader| {
            reader.capabilities.push(Capability::Screen)
        });
        let start = StartRequest {
            caller: CallerId::new("remote").unwrap(),
            request_id: RequestId::new("r1").unwrap(),
            counter_id: counter_id(),
            medium: None,
            challenge: CHALLENGE.to_vec(),
            language: language.to_owned(),
            timeout: Duration::from_secs(30),
        };
        let started = house.authentications.start(start.clone()).await.unwrap();
        let other = StartRequest {
            language: "th".to_owned(),
            ..start
        };
        let refused = house.authentications.start(other).await.unwrap_err();
        assert_eq!(refused.reason, Reason::RequestIdReused, "another language");
        let screen = house.readers.screen(&house.reader).unwrap();
        let shown = screen
            .until(|shown| {
                matches!(shown, Shown::Page(screen) if matches!(screen.page, Page::ChooseMedium { .. }))
            })
            .await;
        assert!(matches!(shown, Shown::Page(screen) if screen.language == language));
        drop(house.authentications.cancel(&started.id).await.unwrap());
    }
}

#[tokio::test]
async fn the_same_request_with_another_challenge_is_refused() {
    let house = House::new().await;
    let started = house.start("r1", CHALLENGE).await.unwrap();
    assert_eq!(house.start("r1", CHALLENGE).await.unwrap().id, started.id);
    assert_eq!(
        house.start("r1", b"another challenge").await.unwrap_err().reason,
        Reason::RequestIdReused
    );
    assert_eq!(
        house.start("r2", CHALLENGE).await.unwrap_err().reason,
        Reason::CounterBusy
    );
    let ended = house.authentications.cancel(&started.id).await.unwrap();
    assert_eq!(ended.state, State::Cancelled);
    assert!(house.start("r2", CHALLENGE).await.is_ok());
}

#[tokio::test]
async fn a_certificate_is_read_without_a_pin_and_the_counter_is_free_again() {
    let house = House::new().await;
    house.put("expired-out-of-grace");
    for _ in 0..2 {
        let caller = CallerId::new("remote").unwrap();
        let read = house
            .authentications
            .read_certificate(caller, &counter_id(), Duration::from_secs(5))
            .await;
        let (medium, certificate) = read.unwrap();
        assert_eq!(medium, Medium::Card);
        let check = house
            .verifier
            .check(&certificate, &[], medium, OffsetDateTime::now_utc());
        assert_eq!(
            check.reason,
            Some(Reason::CertificateExpired),
            "what it is good for is another question"
        );
    }
    let _ = house.readers.take(&house.reader);
    let caller = CallerId::new("remote").unwrap();
    let nobody = house
        .authentications
        .read_certificate(caller, &counter_id(), Duration::from_millis(50))
        .await;
    assert_eq!(nobody.unwrap_err().reason, Reason::CardWaitTimeout);
    let entries = house.entries.entries(0, 10).await.unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry.event.action == AuditAction::CertificateRead)
    );
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn what_was_seen_goes_into_the_outlook_and_a_near_end_is_told() {
    for (warning_days, told) in [(90, false), (4_000, true)] {
        let house = House::telling(warning_days).await;
        house.put("adult");
        let started = house.start("r1", CHALLENGE).await.unwrap();
        let mut updates = house.authentications.watch(&started.id, 0).await.unwrap();
        let mut check = None;
        while let Some(now) = updates.next().await {
            if now.check.is_some() {
                check = now.check;
                break;
            }
        }
        let check = check.unwrap();
        assert_eq!(check.notice.is_some(), told);
        assert_eq!(check.card_key, Some(contract::card('a')));
        let entries = house.entries.entries(0, 100).await.unwrap();
        let said =
            |entry: &madoguchi_core::audit::Entry| entry.event.action == AuditAction::CertificateExpiresSoon;
        assert_eq!(entries.iter().any(said), told);

        let day = check
            .not_after
            .unwrap()
            .to_offset(madoguchi_core::clock::JST)
            .date();
        let window = Window {
            today: day,
            from: day,
            to: day,
            after: None,
            limit: 10,
        };
        let seen = house.outlook.expiring(&window).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].medium, seen[0].not_after), (Medium::Card, day));
        assert!(seen[0].good_until > day, "a card has a grace");
    }
}
