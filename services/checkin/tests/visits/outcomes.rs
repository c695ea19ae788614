//! Each persona comes to the end that the ministry's rules give.

use madoguchi_auth::Submission;
use madoguchi_core::certificate::Outcome as Certificate;
use madoguchi_core::check_in::{Action, NextStep, Outcome};
use madoguchi_core::{Medium, Method, Reason};

use crate::house::{House, request, until_pending};

async fn visit(persona: &str, medium: Medium) -> madoguchi_core::check_in::CheckIn {
    let house = House::new().await;
    house.put(persona);
    let started = house.start(medium).await;
    house.lead(&started).await
}

fn reason(outcome: &Option<Outcome>) -> Option<Reason> {
    match outcome {
        Some(Outcome::Failed(failure)) => Some(failure.reason),
        _ => None,
    }
}

#[tokio::test]
async fn an_adult_checks_in_with_pin_and_consent() {
    let done = visit("adult", Medium::Card).await;
    assert_eq!(done.outcome, Some(Outcome::Completed(Certificate::Full)));
    assert_eq!(done.method, Some(Method::Pin));
    let answer = done.answer.unwrap();
    assert!(answer.medications.is_some() && answer.surgeries.is_some());
    assert_eq!(done.receipt.unwrap().decisions.len(), 4);
    assert!(
        done.apdu_count > 0 && done.apdu_count <= 12,
        "{} APDUs",
        done.apdu_count
    );
}

#[tokio::test]
async fn phones_check_in_each_in_its_own_way() {
    let android = visit("android", Medium::Android).await;
    assert_eq!(android.outcome, Some(Outcome::Completed(Certificate::Full)));
    assert_eq!(android.method, Some(Method::Pin));
    let iphone = visit("iphone", Medium::IPhone).await;
    assert_eq!(iphone.outcome, Some(Outcome::Completed(Certificate::Full)));
    assert_eq!(iphone.method, Some(Method::Device));
}

#[tokio::test]
async fn a_card_in_grace_is_good_for_eligibility_only_and_no_consent_is_asked() {
    let done = visit("expired-in-grace", Medium::Card).await;
    assert_eq!(
        done.outcome,
        Some(Outcome::Completed(Certificate::EligibilityOnly))
    );
    assert_eq!(done.receipt, None);
    let answer = done.answer.unwrap();
    assert!(!answer.insurances.is_empty());
    assert!(answer.medications.is_none() && answer.health_checkups.is_none());
}

#[tokio::test]
async fn an_expired_card_is_refused_before_a_pin_is_typed() {
    let done = visit("expired-out-of-grace", Medium::Card).await;
    assert_eq!(reason(&done.outcome), Some(Reason::CertificateExpired));
    let Some(Outcome::Failed(failure)) = done.outcome else {
        panic!("not failed")
    };
    assert_eq!(failure.next_steps.first(), Some(&NextStep::ShowMynaportal));
}

#[tokio::test]
async fn nobody_is_asked_for_a_pin_that_cannot_be_tried() {
    for (persona, expected) in [("locked-pin", Reason::PinLocked), ("no-pin", Reason::PinNotSet)] {
        let house = House::new().await;
        house.put(persona);
        let started = house.start(Medium::Card).await;
        let mut updates = house.watch(&started).await;
        // The first thing that is pending would be the PIN.
        let ended = until_pending(&mut updates).await;
        assert_eq!(reason(&ended.outcome), Some(expected), "{persona}");
        let card = house.readers.take(&house.reader).unwrap();
        assert_eq!(card.report().verify_count(), 0, "{persona}");
    }
}

#[tokio::test]
async fn a_child_checks_in_with_the_pin_that_the_guardian_types() {
    let done = visit("child", Medium::Card).await;
    assert_eq!(done.outcome, Some(Outcome::Completed(Certificate::Full)));
}

#[tokio::test]
async fn what_is_not_consented_is_not_answered() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let prompt = until_pending(&mut updates).await;
    house.submit_pin(&prompt, "1234", false).await;
    let question = until_pending(&mut updates).await;
    house.submit_consents(&question, false).await;
    let done = until_pending(&mut updates).await;
    assert_eq!(done.outcome, Some(Outcome::Completed(Certificate::Full)));
    let answer = done.answer.unwrap();
    assert!(!answer.insurances.is_empty());
    assert!(answer.diagnoses.is_none() && answer.medications.is_none());
    assert!(answer.surgeries.is_none() && answer.health_checkups.is_none());
}

#[tokio::test]
async fn the_caller_is_asked_for_the_medium_where_it_did_not_say() {
    let house = House::new().await;
    house.put("iphone");
    let started = house.check_ins.start(request("r1", None)).await.unwrap();
    let mut updates = house.watch(&started).await;
    let asked = until_pending(&mut updates).await;
    let pending = asked.pending.unwrap();
    let Action::ChooseMedium { options } = &pending.action else {
        panic!("no choice")
    };
    assert_eq!(options[..], Medium::ALL);
    house
        .check_ins
        .submit(&asked.id, pending.id, Submission::Medium(Medium::IPhone))
        .await
        .unwrap();
    let done = house.lead(&started).await;
    assert_eq!(done.outcome, Some(Outcome::Completed(Certificate::Full)));
}

#[tokio::test]
async fn what_was_answered_is_counted_once_and_what_was_not_is_not() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let done = house.lead(&started).await;
    // The same request finds the same visit.
    let again = house.check_ins.start(request("r1", Some(Medium::Card))).await;
    assert_eq!(again.unwrap().id, done.id);
    let counted = |house: &House| house.resources.endings().pop().unwrap().check;
    let check = counted(&house).unwrap();
    assert_eq!(check.key, madoguchi_usage::Key::of_check_in(&done.id));
    assert_eq!(check.day, madoguchi_core::clock::day_in_japan(done.updated_at));
    assert_eq!(
        (check.medium, check.method),
        (Some(Medium::Card), Some(Method::Pin))
    );
    assert_eq!(house.resources.endings().len(), 1);

    let house = House::new().await;
    let started = house.start(Medium::Card).await;
    house.check_ins.cancel(&started.id).await.unwrap();
    assert_eq!(counted(&house), None);
}
