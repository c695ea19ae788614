//! A gateway's services on one desk, with one twin reader.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_audit::{EntryStore, Log, MemoryEntries};
use madoguchi_auth::{Counter, Counters, Options, Submission, Workflow};
use madoguchi_certificate::{Anchors, Verifier};
use madoguchi_checkin::{CheckIns, Parts, StartRequest};
use madoguchi_consent::{MemoryReceipts, Service, Wording};
use madoguchi_core::check_in::{Action, CheckIn, State};
use madoguchi_core::clock::SystemClock;
use madoguchi_core::consent::Decision;
use madoguchi_core::deferral::Deferrals;
use madoguchi_core::eligibility::{Eligibility, Validity};
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::PinHolder;
use madoguchi_core::{CallerId, CounterId, Medium, Pin, ReaderId, RequestId};
use madoguchi_eligibility::{MemoryChallenges, MemoryRegistrations, Record, Records, StandIn, made_up};
use madoguchi_evidence::MemoryEvidence;
use madoguchi_keys::MemoryKeys;
use madoguchi_pin::{Budget, MemoryAccounts, ReadablePseudonyms};
use madoguchi_session::{MemoryResources, Updates};
use madoguchi_twin::{MemorySession, Persona, TestCa, TwinReaders, VirtualCard};
use time::OffsetDateTime;

use crate::away::{Cut, Line};

pub(crate) struct House {
    pub(crate) check_ins: CheckIns,
    pub(crate) workflow: Workflow,
    pub(crate) readers: TwinReaders,
    pub(crate) reader: ReaderId,
    pub(crate) entries: Arc<MemoryEntries>,
    /// What the check-ins are made of, for a successor over the same stores.
    pub(crate) parts: Parts,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) resources: Arc<MemoryResources>,
    pub(crate) receipts: Arc<MemoryReceipts>,
    pub(crate) eligibility: Arc<dyn Eligibility>,
    pub(crate) accounts: Arc<MemoryAccounts>,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Arc::new(MemoryResources::default()), Options::default()).await
    }

    pub(crate) async fn with(resources: Arc<MemoryResources>, options: Options) -> Self {
        Self::furnished(TwinReaders::new(1).unwrap(), resources, options).await
    }

    /// A counter at which readers stand that can do that.
    pub(crate) async fn standing(readers: &[&[Capability]], options: Options) -> Self {
        let twins = TwinReaders::new(readers.len()).unwrap();
        for (number, capabilities) in (1..).zip(readers) {
            let id = twins.id(number).unwrap();
            twins.change(&id, |reader| reader.capabilities = capabilities.to_vec());
        }
        Self::furnished(twins, Arc::default(), options).await
    }

    async fn furnished(readers: TwinReaders, resources: Arc<MemoryResources>, options: Options) -> Self {
        Self::on_line(readers, resources, options, Arc::default(), None).await
    }

    /// With an eligibility service that may be away, and a queue for what is put off then.
    pub(crate) async fn with_line(line: Arc<Cut>, deferrals: Option<Arc<dyn Deferrals>>) -> Self {
        let readers = TwinReaders::new(1).unwrap();
        Self::on_line(readers, Arc::default(), Options::default(), line, deferrals).await
    }

    async fn on_line(
        readers: TwinReaders,
        resources: Arc<MemoryResources>,
        options: Options,
        line: Arc<Cut>,
        deferrals: Option<Arc<dyn Deferrals>>,
    ) -> Self {
        let ca = TestCa::new().unwrap();
        let anchors = Anchors::from_pem(Path::new("twin"), ca.root_pem().as_bytes()).unwrap();
        let verifier = Arc::new(Verifier::new(anchors));
        let clock = Arc::new(SystemClock);
        let entries = Arc::new(MemoryEntries::default());
        let audit = Arc::new(Log::new(
            Arc::clone(&entries) as Arc<dyn EntryStore>,
            clock.clone(),
        ));
        let receipts = Arc::<MemoryReceipts>::default();
        let evidence = Arc::<MemoryEvidence>::default();
        let keys = Arc::new(MemoryKeys::generate().unwrap());
        let consents = Service::new(madoguchi_consent::Parts {
            items: madoguchi_consent::Items::current().unwrap(),
            wording: Wording::current().unwrap(),
            options: madoguchi_consent::Options {
                issuer: "clinic-7".to_owned(),
                requester: None,
            },
            store: receipts.clone(),
            signer: keys.clone(),
            clock: clock.clone(),
        });
        let evidences = madoguchi_evidence::Service::new(
            madoguchi_evidence::Options {
                issuer: "clinic-7".to_owned(),
                audience: Vec::new(),
                ttl_hours: 24,
            },
            keys.clone(),
            Arc::clone(&evidence) as _,
            clock.clone(),
        );
        let stand_in = StandIn::new(
            Default::default(),
            verifier.clone(),
            Arc::new(MemoryChallenges::default()),
            Arc::new(MemoryRegistrations::default()),
            Arc::new(Unregistered),
            clock.clone(),
        );
        let eligibility: Arc<dyn Eligibility> = Arc::new(Line::new(stand_in, line));
        let accounts = Arc::new(MemoryAccounts::default());
        let workflow = Workflow::new(
            Arc::new(readers.clone()),
            verifier,
            Arc::new(Budget::new(
                accounts.clone(),
                Arc::new(ReadablePseudonyms),
                clock.clone(),
            )),
            audit.clone(),
            clock.clone(),
            options,
        );
        let counter = Counter {
            id: counter_id(),
            readers: vec!["*".to_owned()],
        };
        let parts = Parts {
            workflow: workflow.clone(),
            consents: Arc::new(consents),
            eligibility: eligibility.clone(),
            deferrals,
            evidences: Arc::new(evidences),
            audit,
            counters: Counters::new([counter]),
            store: resources.clone(),
            clock,
            table: Default::default(),
        };
        let check_ins = CheckIns::open(parts.clone()).await.unwrap();
        let reader = readers.id(1).unwrap();
        Self {
            check_ins,
            workflow,
            readers,
            reader,
            entries,
            parts,
            keys,
            resources,
            receipts,
            eligibility,
            accounts,
        }
    }

    /// Puts the persona's card on the reader.
    pub(crate) fn put(&self, persona: &str) {
        self.readers.put(&self.reader, session(persona));
    }

    pub(crate) async fn start(&self, medium: Medium) -> CheckIn {
        self.check_ins.start(request("r1", Some(medium))).await.unwrap()
    }

    pub(crate) async fn watch(&self, check_in: &CheckIn) -> Updates<CheckIn> {
        self.check_ins.watch(&check_in.id, 0).await.unwrap()
    }

    pub(crate) async fn submit_pin(&self, check_in: &CheckIn, pin: &str, confirm: bool) {
        let action = check_in.pending.as_ref().unwrap().id.clone();
        let pin = Pin::new(pin.as_bytes().to_vec()).unwrap();
        self.check_ins
            .submit(&check_in.id, action, typed(pin, confirm))
            .await
            .unwrap();
    }

    /// For a test in which the visit may end under the caller's hands.
    pub(crate) async fn submit_pin_ignoring(&self, check_in: &CheckIn) {
        let action = check_in.pending.as_ref().unwrap().id.clone();
        let pin = Pin::new(b"1234".to_vec()).unwrap();
        let _ = self
            .check_ins
            .submit(&check_in.id, action, typed(pin, false))
            .await;
    }

    pub(crate) async fn submit_consents(&self, check_in: &CheckIn, granted: bool) {
        let pending = check_in.pending.clone().unwrap();
        let Action::DecideConsents(question) = pending.action else {
            panic!("no question of consent")
        };
        let decisions = question
            .items
            .iter()
            .map(|item| Decision {
                item: item.item,
                granted,
            })
            .collect();
        let version = question.wording_version;
        self.check_ins
            .submit(
                &check_in.id,
                pending.id,
                Submission::Consents {
                    decisions,
                    others: Vec::new(),
                    wording_version: version,
                    word: None,
                },
            )
            .await
            .unwrap();
    }

    /// Leads a visit to its end with the PIN 1234 and every consent.
    pub(crate) async fn lead(&self, check_in: &CheckIn) -> CheckIn {
        let mut updates = self.watch(check_in).await;
        while let Some(now) = updates.next().await {
            match now.pending.as_ref().map(|pending| &pending.action) {
                Some(Action::EnterPin(_)) => self.submit_pin(&now, "1234", false).await,
                Some(Action::DecideConsents(_)) => self.submit_consents(&now, true).await,
                _ if now.state.is_terminal() => return now,
                _ => {}
            }
        }
        panic!("the watch ended before the visit did")
    }
}

/// The next state in which something is pending, or the end.
pub(crate) async fn until_pending(updates: &mut Updates<CheckIn>) -> CheckIn {
    loop {
        let now = updates.next().await.unwrap();
        if now.pending.is_some() || now.state.is_terminal() {
            return now;
        }
    }
}

/// The next such state.
pub(crate) async fn until(updates: &mut Updates<CheckIn>, state: State) -> CheckIn {
    loop {
        let now = updates.next().await.unwrap();
        if now.state == state {
            return now;
        }
        assert!(
            !now.state.is_terminal(),
            "ended as {:?} {:?}",
            now.state,
            now.outcome
        );
    }
}

/// Everybody is somebody made up, and the persona that is not registered is not.
struct Unregistered;

impl Records for Unregistered {
    fn find(&self, spki_sha256: &str) -> Option<Record> {
        let persona = Persona::by_name("unregistered").unwrap().unwrap();
        (persona.spki_sha256_hex().unwrap() == spki_sha256).then(|| Record {
            validity: Validity::ValidNotRegistered,
            ..made_up(spki_sha256)
        })
    }
}

pub(crate) fn session(persona: &str) -> MemorySession {
    let persona = Persona::by_name(persona).unwrap().unwrap();
    let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
    MemorySession::new(card)
}

pub(crate) fn counter_id() -> CounterId {
    CounterId::new("1").unwrap()
}

pub(crate) fn request(request_id: &str, medium: Option<Medium>) -> StartRequest {
    StartRequest {
        caller: CallerId::new("test").unwrap(),
        request_id: RequestId::new(request_id).unwrap(),
        counter_id: counter_id(),
        medium,
        language: "ja".to_owned(),
        timeout: Duration::from_secs(60),
        expected: None,
    }
}

/// A PIN as the patient types it at the caller.
pub(crate) fn typed(pin: Pin, confirm_last_try: bool) -> Submission {
    Submission::Pin {
        pin,
        confirm_last_try,
        agreed_by: None,
        holder: PinHolder::Patient,
    }
}
