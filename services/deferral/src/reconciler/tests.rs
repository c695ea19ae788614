use std::sync::PoisonError;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Audit};
use madoguchi_core::certificate::{CertificateDer, Outcome};
use madoguchi_core::clock::FixedClock;
use madoguchi_core::deferral::{Deferrals, NewDeferral};
use madoguchi_core::eligibility::{Answer, Challenge, Request, Validity};
use madoguchi_core::{CallerId, CheckInId, CounterId, Medium, Method, StaffId};
use time::macros::datetime;
use time::{Duration as Span, OffsetDateTime};

use super::*;
use crate::contract::proof;
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

async fn desk(now: OffsetDateTime, kept: Arc<MemoryDeferrals>, script: &[Result<(), Reason>]) -> Desk {
    let queue = Service::open(
        Options::default(),
        kept.clone(),
        kept.clone(),
        kept.clone(),
        Arc::new(FixedClock(now)),
    );
    let queue = queue.await.unwrap();
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
    crate::contract::witness(&kept, &kept).await;
}

#[tokio::test]
async fn a_check_is_asked_again_until_the_line_is_back_and_then_settled_once() {
    let away = Err(Reason::EligibilityUnavailable);
    let desk = desk(NOW, Arc::default(), &[away, away, Ok(())]).await;
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
    let desk = desk(NOW, Arc::default(), &[]).await;
    let new = new();
    let first = desk.queue.put_off(new.clone()).await.unwrap();
    assert_eq!(desk.queue.put_off(new).await, Ok(first));
    assert_eq!(actions(&desk), [Action::EligibilityDeferred]);
}

#[tokio::test]
async fn what_the_service_refuses_is_for_staff_and_does_not_hold_the_others_up() {
    let script = [Err(Reason::DriverTimeout), Err(Reason::SignatureInvalid), Ok(())];
    let desk = desk(NOW, Arc::default(), &script).await;
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
    let old = desk(NOW, kept.clone(), &[])
        .await
        .queue
        .put_off(new())
        .await
        .unwrap();
    let desk = desk(NOW + Span::days(31), kept, &[Err(Reason::Internal)]).await;
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
    let unknown = desk
        .queue
        .abandon(&madoguchi_core::DeferralId::generate(), caller, staff)
        .await;
    assert_eq!(unknown, Err(Reason::DeferralNotFound));
    assert_eq!(desk.kept.events().len(), 4);
}

/// A process that is killed between the queue and the audit chain leaves an event out; the next one tells it, once.
#[tokio::test]
async fn what_a_killed_process_could_not_tell_the_next_one_tells() {
    let kept = Arc::<MemoryDeferrals>::default();
    let queued = crate::contract::deferral(NOW);
    kept.put(queued.clone(), proof(), 10).await.unwrap();
    let told = crate::contract::deferral(NOW);
    kept.put(told.clone(), proof(), 10).await.unwrap();
    let event = madoguchi_core::audit::Event {
        deferral_id: Some(told.id.clone()),
        ..madoguchi_core::audit::Event::new(Action::EligibilityDeferred)
    };
    kept.append(event).await.unwrap();
    let settlement = Settlement {
        state: State::Answered,
        at: NOW,
        reason: None,
        answer: None,
    };
    kept.settle(&told.id, settlement).await.unwrap();
    for _ in 0..2 {
        let desk = desk(NOW, kept.clone(), &[]).await;
        let events = desk.kept.events().into_iter();
        let events: Vec<_> = events
            .map(|event| (event.action, event.deferral_id.unwrap()))
            .collect();
        assert_eq!(
            events,
            [
                (Action::EligibilityDeferred, told.id.clone()),
                (Action::EligibilityDeferred, queued.id.clone()),
                (Action::EligibilityReconciled, told.id.clone()),
            ]
        );
        assert!(desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap().holds());
    }
}

#[tokio::test]
async fn a_report_finds_what_is_missing_on_either_side() {
    let desk = desk(NOW, Arc::default(), &[]).await;
    let kept = desk.queue.put_off(new()).await.unwrap();
    let gone = madoguchi_core::audit::Event {
        deferral_id: Some(madoguchi_core::DeferralId::generate()),
        ..madoguchi_core::audit::Event::new(Action::EligibilityDeferred)
    };
    desk.kept.append(gone.clone()).await.unwrap();
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert_eq!(report.lost, [gone.deferral_id.unwrap()]);
    assert!(!report.holds() && report.unwitnessed.is_empty());

    // Marked as told, and the chain knows nothing of it.
    let forged = crate::contract::deferral(NOW);
    desk.kept.put(forged.clone(), proof(), 10).await.unwrap();
    desk.kept.mark_witnessed(&forged.id, State::Open).await.unwrap();
    // Settled by the chain, and open in the queue.
    let settled = madoguchi_core::audit::Event {
        deferral_id: Some(kept.id.clone()),
        ..madoguchi_core::audit::Event::new(Action::EligibilityReconciled)
    };
    desk.kept.append(settled).await.unwrap();
    let report = desk.queue.report(NOW, NOW + Span::SECOND).await.unwrap();
    assert_eq!(
        (report.unwitnessed, report.contradictory),
        (vec![forged.id], vec![kept.id])
    );
}
