use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::certificate::{CertificateDer, Outcome};
use madoguchi_core::clock::FixedClock;
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::deferral::{Deferrals, NewDeferral, State};
use madoguchi_core::eligibility::{Answer, Challenge, Request, Validity};
use madoguchi_core::{CallerId, CheckInId, CounterId, DeferralId, Medium, Method, StaffId};
use madoguchi_usage::Key;
use time::macros::datetime;
use time::{Duration as Span, OffsetDateTime};

use super::*;
use crate::contract::{proof, told};
use crate::{DeferralStore, MemoryDeferrals, Options};

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

/// A service that answers what the test wants.
struct Scripted {
    #[expect(
        clippy::disallowed_types,
        reason = "a fake, locked for one step and never across an await"
    )]
    script: std::sync::Mutex<Vec<Result<(), Reason>>>,
}

#[async_trait]
impl Eligibility for Scripted {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check(&self, _: Request) -> Result<Answer, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn check_deferred(&self, _: DeferredRequest) -> Result<Answer, Reason> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if script.is_empty() {
            Ok(())
        } else {
            script.remove(0)
        };
        next.map(|()| Answer {
            simulated: true,
            ..Answer::new(Validity::Valid, Outcome::Full, NOW)
        })
    }

    async fn is_registered(&self, _: &CertificateDer) -> Result<bool, Reason> {
        Err(Reason::EligibilityUnavailable)
    }

    async fn register(&self, _: &CertificateDer) -> Result<(), Reason> {
        Err(Reason::EligibilityUnavailable)
    }
}

struct Desk {
    kept: Arc<MemoryDeferrals>,
    queue: Service,
    reconciler: Reconciler,
}

fn desk(now: OffsetDateTime, kept: Arc<MemoryDeferrals>, script: &[Result<(), Reason>]) -> Desk {
    let queue = Service::new(
        Options::default(),
        kept.clone(),
        kept.clone(),
        Arc::new(FixedClock(now)),
    );
    let eligibility = Scripted {
        script: script.to_vec().into(),
    };
    Desk {
        kept,
        queue: queue.clone(),
        reconciler: Reconciler::new(queue, Arc::new(eligibility)),
    }
}

fn new() -> NewDeferral {
    NewDeferral {
        check_in_id: CheckInId::generate(),
        counter_id: CounterId::new("1").unwrap(),
        medium: Medium::Card,
        method: Method::Pin,
        certificate: Outcome::Full,
        because: Reason::EligibilityUnavailable,
        verified_at: NOW,
        proof: proof(),
    }
}

fn actions(desk: &Desk) -> Vec<Action> {
    desk.kept.events().iter().map(|event| event.action).collect()
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    crate::contract::deferral_store(&MemoryDeferrals::default()).await;
    let kept = MemoryDeferrals::default();
    let checks = async || u64::try_from(kept.checks().len()).unwrap();
    crate::contract::witness(&kept, &kept, checks).await;
}

#[tokio::test]
async fn a_check_is_asked_again_until_the_line_is_back_and_then_settled_once() {
    let away = Err(Reason::EligibilityUnavailable);
    let desk = desk(NOW, Arc::default(), &[away, away, Ok(())]);
    let put = desk.queue.put_off(new()).await.unwrap();
    let other = desk.queue.put_off(new()).await.unwrap();
    assert_eq!(desk.reconciler.round().await, Ok(Round::Stuck));
    assert_eq!(desk.reconciler.round().await, Ok(Round::Stuck));
    let one = desk.queue.get(&put.id).await.unwrap();
    assert_eq!(
        (one.state, one.attempt_count),
        (State::Open, 1),
        "each once, by turns"
    );
    assert_eq!(desk.reconciler.round().await, Ok(Round::Further));
    assert_eq!(desk.reconciler.round().await, Ok(Round::Done));
    for id in [&put.id, &other.id] {
        let settled = desk.queue.get(id).await.unwrap();
        assert_eq!((settled.state, settled.attempt_count), (State::Answered, 2));
        assert_eq!(
            settled.answer.map(|answer| answer.validity),
            Some(Validity::Valid)
        );
    }
    assert_eq!(
        actions(&desk),
        [
            Action::EligibilityDeferred,
            Action::EligibilityDeferred,
            Action::EligibilityReconciled,
            Action::EligibilityReconciled
        ]
    );
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.counts.answered, report.counts.total()), (2, 2));
}

#[tokio::test]
async fn a_visit_that_is_put_off_twice_is_one() {
    let desk = desk(NOW, Arc::default(), &[]);
    let new = new();
    let first = desk.queue.put_off(new.clone()).await.unwrap();
    assert_eq!(desk.queue.put_off(new).await, Ok(first));
    assert_eq!(actions(&desk), [Action::EligibilityDeferred]);
}

#[tokio::test]
async fn what_the_service_refuses_is_for_staff_and_does_not_hold_the_others_up() {
    let script = [Err(Reason::DriverTimeout), Err(Reason::SignatureInvalid), Ok(())];
    let desk = desk(NOW, Arc::default(), &script);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(desk.queue.put_off(new()).await.unwrap().id);
    }
    assert_eq!(desk.reconciler.round().await, Ok(Round::Further));
    let mut states = Vec::new();
    for id in &ids {
        let one = desk.queue.get(id).await.unwrap();
        states.push((one.state, one.last_reason));
    }
    assert_eq!(
        states,
        [
            (State::Open, Some(Reason::DriverTimeout)),
            (State::Refused, Some(Reason::SignatureInvalid)),
            (State::Answered, None)
        ]
    );
    let last = desk.kept.events().pop().unwrap();
    assert_eq!((last.action, last.reason), (Action::EligibilityReconciled, None));
}

#[tokio::test]
async fn what_waits_too_long_and_what_staff_settled_is_asked_no_more() {
    let kept = Arc::<MemoryDeferrals>::default();
    let old = desk(NOW, kept.clone(), &[]).queue.put_off(new()).await.unwrap();
    let desk = desk(NOW + Span::days(31), kept, &[Err(Reason::Internal)]);
    let (caller, staff) = (CallerId::new("emr").unwrap(), StaffId::new("nurse-7").unwrap());
    let other = desk.queue.put_off(new()).await.unwrap();
    let settled = desk
        .queue
        .abandon(&other.id, caller.clone(), staff.clone())
        .await
        .unwrap();
    assert_eq!(settled.state, State::Abandoned);
    let event = desk.kept.events().pop().unwrap();
    assert_eq!(
        (event.caller.as_ref(), event.staff_id),
        (Some(&caller), Some(staff.clone()))
    );
    assert_eq!(desk.reconciler.round().await, Ok(Round::Further));
    assert_eq!(desk.queue.get(&old.id).await.unwrap().state, State::Abandoned);
    let again = desk.queue.abandon(&other.id, caller.clone(), staff.clone()).await;
    assert_eq!(again, Ok(settled));
    let unknown = desk.queue.abandon(&DeferralId::generate(), caller, staff).await;
    assert_eq!(unknown, Err(Reason::DeferralNotFound));
    assert_eq!(desk.kept.events().len(), 4);
}

/// What the other side would not say of this proof alone settles nothing: after an update on one side, or a slip in a
/// configuration, the whole queue would be erased.
#[tokio::test]
async fn only_a_verdict_about_the_proof_erases_it() {
    let verdicts = [
        Reason::CertificateExpired,
        Reason::CertificateRevoked,
        Reason::SignatureInvalid,
        Reason::ConsentReceiptInvalid,
        Reason::RegistrationDeclined,
    ];
    let others = [
        Reason::EligibilityRefused,
        Reason::EligibilityAmbiguous,
        Reason::InvalidArgument,
        Reason::CertificateNotTrusted,
        Reason::CertificatePolicyMismatch,
        Reason::CertificateNotYetValid,
        Reason::Unauthenticated,
        Reason::PermissionDenied,
        Reason::Internal,
    ];
    for (reasons, state) in [(&verdicts[..], State::Refused), (&others[..], State::Open)] {
        for reason in reasons {
            let desk = desk(NOW, Arc::default(), &[Err(*reason), Err(*reason)]);
            let put = desk.queue.put_off(new()).await.unwrap();
            let other = desk.queue.put_off(new()).await.unwrap();
            desk.reconciler.round().await.unwrap();
            let one = desk.queue.get(&put.id).await.unwrap();
            assert_eq!((one.state, one.last_reason), (state, Some(*reason)));
            // The others are asked about too, unless the reason is everybody's.
            let asked = u32::from(Bearing::of(*reason) != Bearing::Everyone);
            let other = desk.queue.get(&other.id).await.unwrap();
            assert_eq!(other.attempt_count, asked, "{}", reason.code());
            if state == State::Open {
                // Later it is answered, with the proof that was kept.
                for _ in 0..3 {
                    desk.reconciler.round().await.unwrap();
                }
                assert_eq!(desk.queue.get(&put.id).await.unwrap().state, State::Answered);
            }
        }
    }
}

/// Whoever waits for it may be gone in between: there is no in between.
#[tokio::test]
async fn a_check_and_what_auditors_are_told_of_it_are_one_step() {
    let desk = desk(NOW, Arc::default(), &[]);
    let put = desk.queue.put_off(new()).await.unwrap();
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert!(report.holds() && report.counts.open == 1 && report.unexamined == 0);
    desk.reconciler.round().await.unwrap();
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert!(report.holds() && report.counts.answered == 1);
    // It counts as the visit's check, on the visit's day.
    let [check] = &desk.kept.checks()[..] else {
        panic!("{:?}", desk.kept.checks())
    };
    assert_eq!(check.key, Key::of_check_in(&put.check_in_id));
    assert_eq!(
        (check.day, check.medium),
        (day_in_japan(put.verified_at), Some(put.medium))
    );
    assert_eq!(check.counter_id, Some(put.counter_id));
}

fn about(action: Action, id: &DeferralId) -> Event {
    Event {
        deferral_id: Some(id.clone()),
        ..Event::new(action)
    }
}

#[tokio::test]
async fn a_report_finds_what_is_missing_on_either_side() {
    let desk = desk(NOW, Arc::default(), &[]);
    let kept = desk.queue.put_off(new()).await.unwrap();
    let gone = DeferralId::generate();
    desk.kept.tell(NOW, about(Action::EligibilityDeferred, &gone));
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert_eq!(report.lost, [gone]);
    assert!(!report.holds() && report.unwitnessed.is_empty());

    // In the queue, and the chain was told of something else.
    let forged = crate::contract::deferral(NOW);
    let other = told(Action::CheckInEnded, &forged);
    desk.kept.put(forged.clone(), proof(), 10, other).await.unwrap();
    // Settled by the chain, and open in the queue.
    desk.kept
        .tell(NOW, about(Action::EligibilityReconciled, &kept.id));
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert_eq!(
        (report.unwitnessed, report.contradictory),
        (vec![forged.id], vec![kept.id])
    );
}

/// The audit chain's own database cannot be written, and what it is to be told waits.
#[tokio::test]
async fn a_report_knows_what_waits_to_be_told() {
    let desk = desk(NOW, Arc::default(), &[]);
    // So that the chain begins before.
    desk.kept.tell(NOW, Event::new(Action::CheckInStarted));
    let before = desk.queue.put_off(new()).await.unwrap();
    desk.kept.let_wait();
    let (caller, staff) = (
        CallerId::new("reception").unwrap(),
        StaffId::new("staff-1").unwrap(),
    );
    desk.queue.abandon(&before.id, caller, staff).await.unwrap();
    let while_waiting = desk.queue.put_off(new()).await.unwrap();
    let report = || desk.queue.report(NOW, NOW + Span::SECOND);
    let waiting = report().await.unwrap();
    assert!(waiting.holds(), "{waiting:?}");
    let mut expected = vec![before.id, while_waiting.id];
    expected.sort();
    assert_eq!(waiting.untold, expected);
    desk.kept.carry();
    let carried = report().await.unwrap();
    assert!(carried.holds() && carried.untold.is_empty(), "{carried:?}");
}

/// What disagrees for a moment, because it was read one after the other, is read again.
#[tokio::test]
async fn a_report_waits_for_what_is_on_its_way() {
    let desk = desk(NOW, Arc::default(), &[]);
    desk.queue.put_off(new()).await.unwrap();
    let late = crate::contract::deferral(NOW);
    let elsewhere = told(Action::CheckInEnded, &late);
    desk.kept.put(late.clone(), proof(), 10, elsewhere).await.unwrap();
    let report = desk.queue.report(NOW, NOW + Span::SECOND);
    let carried = async {
        sleep(Duration::from_millis(50)).await;
        desk.kept.tell(NOW, about(Action::EligibilityDeferred, &late.id));
    };
    let (report, ()) = tokio::join!(report, carried);
    let report = report.unwrap();
    assert!(report.holds() && report.counts.open == 2, "{report:?}");
}

#[tokio::test]
async fn what_the_chain_is_too_young_for_is_counted_and_not_judged() {
    let kept = Arc::<MemoryDeferrals>::default();
    kept.tell(NOW, Event::new(Action::CheckInStarted));
    // Of before the oldest entry, as where older ones left the database.
    let old = crate::contract::deferral(NOW - Span::HOUR);
    let elsewhere = told(Action::CheckInEnded, &old);
    kept.put(old, proof(), 10, elsewhere).await.unwrap();
    let desk = desk(NOW, kept, &[]);
    desk.queue.put_off(new()).await.unwrap();
    let from = NOW - Span::DAY;
    let report = desk.queue.report(from, NOW + Span::SECOND).await.unwrap();
    assert!(report.holds());
    assert_eq!((report.unexamined, report.witnessed_from), (1, Some(NOW)));
    assert_eq!(report.counts.open, 2);
}
