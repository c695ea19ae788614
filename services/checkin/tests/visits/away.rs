//! Visits while the eligibility service is away, from the beginning or from somewhere in the middle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::certificate::{CertificateDer, Outcome as Certificate};
use madoguchi_core::check_in::{NextStep, Outcome, State};
use madoguchi_core::clock::SystemClock;
use madoguchi_core::deferral::{Deferrals, State as DeferralState};
use madoguchi_core::eligibility::{Answer, Challenge, DeferredRequest, Eligibility, Person, Request};
use madoguchi_core::{ChallengeId, Medium, Reason};
use madoguchi_deferral::{MemoryDeferrals, Options, Reconciler, Service};
use madoguchi_eligibility::StandIn;
use tokio_util::sync::CancellationToken;

use crate::house::{House, request};

/// How many more calls get through to the service, and what it heard.
#[derive(Debug)]
pub(crate) struct Cut {
    left: AtomicUsize,
    /// Visits that said that they do not check any more.
    gone: AtomicUsize,
    expected: OnceLock<Person>,
}

impl Default for Cut {
    fn default() -> Self {
        Self::after(usize::MAX)
    }
}

impl Cut {
    pub(crate) const fn after(calls: usize) -> Self {
        Self {
            left: AtomicUsize::new(calls),
            gone: AtomicUsize::new(0),
            expected: OnceLock::new(),
        }
    }

    fn mend(&self) {
        self.left.store(usize::MAX, Ordering::SeqCst);
    }

    fn pass(&self) -> Result<(), Reason> {
        let less = |left: usize| match left {
            usize::MAX => Some(left),
            left => left.checked_sub(1),
        };
        let passed = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        passed.map(|_| ()).map_err(|_| Reason::EligibilityUnavailable)
    }
}

/// The line to the stand-in.
pub(crate) struct Line {
    service: StandIn,
    cut: Arc<Cut>,
}

impl Line {
    pub(crate) const fn new(service: StandIn, cut: Arc<Cut>) -> Self {
        Self { service, cut }
    }
}

#[async_trait]
impl Eligibility for Line {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        self.cut.pass()?;
        self.service.create_challenge().await
    }

    async fn check(&self, request: Request) -> Result<Answer, Reason> {
        self.cut.pass()?;
        if let Some(person) = request.expected.clone() {
            self.cut.expected.set(person).unwrap();
        }
        self.service.check(request).await
    }

    fn leave(&self, _: &ChallengeId) {
        self.cut.gone.fetch_add(1, Ordering::SeqCst);
    }

    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        self.cut.pass()?;
        self.service.check_deferred(request).await
    }

    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason> {
        self.cut.pass()?;
        self.service.is_registered(certificate).await
    }

    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        self.cut.pass()?;
        self.service.register(certificate).await
    }
}

struct Scene {
    house: House,
    line: Arc<Cut>,
    kept: Arc<MemoryDeferrals>,
    queue: Service,
}

async fn scene(calls: usize) -> Scene {
    let (line, kept) = (Arc::new(Cut::after(calls)), Arc::<MemoryDeferrals>::default());
    let options = Options {
        min_retry_seconds: 1,
        ..Options::default()
    };
    let queue = Service::new(options, kept.clone(), kept.clone(), Arc::new(SystemClock));
    let deferrals: Arc<dyn Deferrals> = Arc::new(queue.clone());
    Scene {
        house: House::with_line(line.clone(), Some(deferrals)).await,
        line,
        kept,
        queue,
    }
}

#[tokio::test]
async fn whenever_the_line_breaks_the_visit_says_so_and_its_check_is_queued() {
    // Challenge, registration, answer: the call before which the line breaks.
    for calls in 0..3 {
        let scene = scene(calls).await;
        let started = scene.house.start(Medium::Card).await;
        if calls == 0 {
            // Before any card is read.
            let mut updates = scene.house.watch(&started).await;
            while updates.next().await.unwrap().outage.is_none() {}
        }
        scene.house.put("adult");
        let done = scene.house.lead(&started).await;
        let Some(Outcome::Deferred(deferred)) = &done.outcome else {
            panic!("{calls}: {:?}", done.outcome)
        };
        assert_eq!(done.state, State::Deferred, "{calls}");
        assert_eq!(
            (deferred.certificate, deferred.reason),
            (Certificate::Full, Reason::EligibilityUnavailable)
        );
        assert!(done.answer.is_none() && done.receipt.is_some(), "{calls}");
        assert!(done.outage.is_some(), "{calls}");
        // What may be done in the meantime, in the ministry's order; the patient is not sent through it again.
        assert_eq!(deferred.next_steps.first(), Some(&NextStep::ShowMynaportal));
        assert!(!deferred.next_steps.contains(&NextStep::TryAgain));
        let queued = scene.queue.get(&deferred.deferral_id).await.unwrap();
        assert_eq!(
            (queued.check_in_id, queued.state),
            (done.id.clone(), DeferralState::Open)
        );
    }
}

#[tokio::test]
async fn when_the_line_is_back_the_answer_comes_cut_to_what_was_consented() {
    let scene = scene(0).await;
    scene.house.put("adult");
    let started = scene.house.start(Medium::Card).await;
    let done = scene.house.lead(&started).await;
    let ending = CancellationToken::new();
    scene.line.mend();
    let service = scene.house.eligibility.clone();
    let reconciler = tokio::spawn(Reconciler::new(scene.queue.clone(), service).run(ending.clone()));
    let settled = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        loop {
            let one = scene.queue.of_check_in(&done.id).await.unwrap();
            if one.state != DeferralState::Open {
                return one;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    let settled = settled.await.unwrap();
    ending.cancel();
    reconciler.await.unwrap();
    assert_eq!(settled.state, DeferralState::Answered);
    let answer = settled.answer.unwrap();
    assert!(answer.medications.is_some() && answer.surgeries.is_some());
    let actions: Vec<_> = scene.kept.events().iter().map(|event| event.action).collect();
    assert_eq!(
        actions,
        [
            AuditAction::EligibilityDeferred,
            AuditAction::EligibilityReconciled
        ]
    );
    let from = done.started_at - time::Duration::HOUR;
    let report = scene
        .queue
        .report(from, from + time::Duration::DAY)
        .await
        .unwrap();
    assert!(report.holds() && report.counts.answered == 1, "{report:?}");
}

#[tokio::test]
async fn local_verification_counts_who_fails_it_is_not_put_off() {
    let scene = scene(0).await;
    scene.house.put("expired-out-of-grace");
    let started = scene.house.start(Medium::Card).await;
    let done = scene.house.lead(&started).await;
    let Some(Outcome::Failed(failure)) = &done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert_eq!(failure.reason, Reason::CertificateExpired);
    assert!(done.outage.is_some());
    assert_eq!(
        scene.queue.of_check_in(&done.id).await,
        Err(Reason::DeferralNotFound)
    );
}

#[tokio::test]
async fn a_card_in_grace_is_put_off_for_eligibility_only() {
    let scene = scene(0).await;
    scene.house.put("expired-in-grace");
    let started = scene.house.start(Medium::Card).await;
    let done = scene.house.lead(&started).await;
    let Some(Outcome::Deferred(deferred)) = &done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert_eq!(deferred.certificate, Certificate::EligibilityOnly);
    assert_eq!(done.receipt, None);
}

#[tokio::test]
async fn where_nothing_is_put_off_the_visit_fails_as_before() {
    let house = House::with_line(Arc::new(Cut::after(0)), None).await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let done = house.lead(&started).await;
    let Some(Outcome::Failed(failure)) = &done.outcome else {
        panic!("{:?}", done.outcome)
    };
    assert_eq!(failure.reason, Reason::EligibilityUnavailable);
    assert_eq!(done.outage, None);
}

#[tokio::test]
async fn the_service_hears_whom_the_caller_expects_and_that_a_visit_is_over() {
    let line = Arc::new(Cut::default());
    let house = House::with_line(line.clone(), None).await;
    let person = Person {
        number: Some("3456".to_owned()),
        ..Person::default()
    };
    let mut start = request("r1", Some(Medium::Card));
    start.expected = Some(person.clone());
    house.put("adult");
    let started = house.check_ins.start(start).await.unwrap();
    let done = house.lead(&started).await;
    assert_eq!(done.state, State::Completed);
    assert_eq!(line.expected.get(), Some(&person));
    assert_eq!(line.gone.load(Ordering::SeqCst), 1);
    // One that ends before it comes so far says so too.
    let mut short = request("r2", None);
    short.timeout = std::time::Duration::from_millis(300);
    let expired = house.check_ins.start(short).await.unwrap();
    let mut updates = house.watch(&expired).await;
    crate::house::until(&mut updates, State::Expired).await;
    assert_eq!(line.gone.load(Ordering::SeqCst), 2);
}
