//! Whatever happens, the visit ends in a typed outcome and the next one works.

use std::time::Duration;

use madoguchi_audit::{EntryStore as _, verify_chain};
use madoguchi_auth::Options;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::check_in::{CancelledBy, Guidance, Outcome, State};
use madoguchi_core::{Medium, Reason};
use madoguchi_twin::Faults;

use crate::house::{House, request, session, until, until_pending};

fn reason(outcome: Option<Outcome>) -> Reason {
    match outcome {
        Some(Outcome::Failed(failure)) => failure.reason,
        other => panic!("not failed: {other:?}"),
    }
}

fn impatient() -> Options {
    Options {
        card_wait_seconds: 1,
        reader_grace_seconds: 0,
        max_read_attempts: 3,
        max_face_attempts: 2,
    }
}

async fn next_visit_works(house: &House) {
    let _ = house.readers.take(&house.reader);
    house.put("iphone");
    let next = house
        .check_ins
        .start(request("next", Some(Medium::IPhone)))
        .await
        .unwrap();
    assert_eq!(house.lead(&next).await.state, State::Completed);
}

#[tokio::test]
async fn a_cancelled_visit_gives_the_counter_free() {
    let house = House::new().await;
    let started = house.start(Medium::Card).await;
    let busy = house.check_ins.start(request("r2", None)).await.unwrap_err();
    assert_eq!(busy.reason, Reason::CounterBusy);
    assert_eq!(busy.metadata, [("visit_id", started.id.to_string())]);
    let ended = house.check_ins.cancel(&started.id).await.unwrap();
    assert_eq!(ended.outcome, Some(Outcome::Cancelled(CancelledBy::Caller)));
    assert_eq!(
        house.check_ins.cancel(&started.id).await.unwrap(),
        ended,
        "cancelled twice is cancelled once"
    );
    next_visit_works(&house).await;
}

#[tokio::test]
async fn the_same_request_is_the_same_visit() {
    let house = House::new().await;
    let started = house.start(Medium::Card).await;
    let again = house.start(Medium::Card).await;
    assert_eq!(again.id, started.id);
    let other = house
        .check_ins
        .start(request("r1", Some(Medium::IPhone)))
        .await
        .unwrap_err();
    assert_eq!(other.reason, Reason::RequestIdReused);
    // Who is expected is kept nowhere, so that it makes no other request of it.
    let mut expecting = request("r1", Some(Medium::Card));
    expecting.expected = Some(madoguchi_core::eligibility::Person {
        number: Some("3456".to_owned()),
        ..Default::default()
    });
    assert_eq!(house.check_ins.start(expecting).await.unwrap().id, started.id);
    let _ = house.check_ins.cancel(&started.id).await.unwrap();
    assert_eq!(
        house.start(Medium::Card).await.state,
        State::Cancelled,
        "the first answer, also after the end"
    );
}

#[tokio::test]
async fn a_visit_that_nobody_goes_on_with_expires() {
    let house = House::new().await;
    let mut request = request("r1", Some(Medium::Card));
    request.timeout = Duration::from_millis(200);
    let started = house.check_ins.start(request).await.unwrap();
    let ended = house.lead(&started).await;
    assert_eq!(ended.outcome, Some(Outcome::Expired));
    next_visit_works(&house).await;
}

#[tokio::test]
async fn a_card_pulled_at_any_apdu_ends_typed_or_is_read_again() {
    // A visit each, side by side: most of the time goes into waiting for a card that does not come back.
    let visits = (1..=11).map(|apdu| tokio::spawn(pulled_at(apdu)));
    for visit in visits.collect::<Vec<_>>() {
        visit.await.unwrap();
    }
}

async fn pulled_at(apdu: u32) {
    {
        let house = House::with(Default::default(), impatient()).await;
        let mut card = session("adult");
        card.set_faults(Faults::pull_at(apdu));
        house.readers.put(&house.reader, card);
        let started = house.start(Medium::Card).await;
        let ended = house.lead(&started).await;
        let expected = if apdu == 9 {
            Reason::PinOutcomeUnknown
        } else {
            Reason::CardRemoved
        };
        assert_eq!(reason(ended.outcome), expected, "pulled at APDU {apdu}");
        let card = house.readers.take(&house.reader).unwrap();
        assert!(card.report().verify_count() <= 1, "pulled at APDU {apdu}");
        next_visit_works(&house).await;
    }
}

#[tokio::test]
async fn a_card_that_is_silent_later_does_not_hide_that_a_pin_was_sent() {
    let house = House::with(Default::default(), impatient()).await;
    let mut card = session("adult");
    card.set_faults(Faults::pull_at(9));
    house.readers.put(&house.reader, card);
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let asked = until_pending(&mut updates).await;
    house.submit_pin(&asked, "1234", false).await;
    until(&mut updates, State::WaitingForCard).await;
    let mut card = house.readers.take(&house.reader).unwrap();
    card.set_faults(Faults {
        hang_at_apdu: Some(1),
        ..Faults::default()
    });
    card.reinsert();
    house.readers.put(&house.reader, card);
    let ended = house.lead(&started).await;
    assert_eq!(reason(ended.outcome), Reason::PinOutcomeUnknown);
    let card = house.readers.take(&house.reader).unwrap();
    assert!(card.report().apdu_count > 9, "it was looked at again");
    next_visit_works(&house).await;
}

#[tokio::test]
async fn another_medium_than_chosen_is_guided_not_failed() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::IPhone).await;
    let mut updates = house.watch(&started).await;
    loop {
        let now = until(&mut updates, State::WaitingForCard).await;
        if now.guidance == Some(Guidance::OtherMedium) {
            break;
        }
    }
    let _card = house.readers.take(&house.reader);
    house.put("iphone");
    assert_eq!(house.lead(&started).await.state, State::Completed);
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_visit_with_its_reason() {
    let house = House::with(Default::default(), impatient()).await;
    let started = house.start(Medium::Card).await;
    house.readers.set(Vec::new());
    let ended = house.lead(&started).await;
    assert_eq!(reason(ended.outcome), Reason::ReaderRemoved);
    let refused = house.check_ins.start(request("r2", None)).await.unwrap_err();
    assert_eq!(refused.reason, Reason::ReaderNotFound);
}

#[tokio::test]
async fn nobody_comes() {
    let house = House::with(Default::default(), impatient()).await;
    let started = house.start(Medium::Card).await;
    let ended = house.lead(&started).await;
    assert_eq!(reason(ended.outcome), Reason::CardWaitTimeout);
}

#[tokio::test]
async fn a_store_that_fails_lets_nobody_wait() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let prompt = until_pending(&mut updates).await;
    house.resources.set_broken(true);
    house.submit_pin_ignoring(&prompt).await;
    let ended = until_pending(&mut updates).await;
    assert_eq!(reason(ended.outcome.clone()), Reason::StoreUnavailable);
    assert_eq!(
        house.check_ins.get(&started.id).await.unwrap(),
        ended,
        "who asks is told the same"
    );
    assert_eq!(house.check_ins.cancel(&started.id).await.unwrap(), ended);
    house.resources.set_broken(false);
    next_visit_works(&house).await;
}

#[tokio::test]
async fn shutdown_ends_visits_and_begins_no_more() {
    let house = House::new().await;
    let started = house.start(Medium::Card).await;
    house.check_ins.shutdown().await;
    let ended = house.check_ins.get(&started.id).await.unwrap();
    assert_eq!(ended.outcome, Some(Outcome::Cancelled(CancelledBy::Shutdown)));
    let refused = house.check_ins.start(request("r2", None)).await.unwrap_err();
    assert_eq!(refused.reason, Reason::GatewayShuttingDown);
}

#[tokio::test]
async fn every_step_that_matters_is_in_the_audit_log() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    house.lead(&started).await;
    let entries = house.entries.entries(0, 100).await.unwrap();
    let actions: Vec<_> = entries
        .iter()
        .map(|entry| format!("{:?}", entry.event.action))
        .collect();
    let expected = [
        "PinSubmitted",
        "PinVerified",
        "Authenticated",
        "EligibilityChecked",
    ];
    assert_eq!(actions, expected);
    // Beginning, consent and end are told in the transaction that keeps them.
    let actions = |told: Vec<Event>| told.iter().map(|event| event.action).collect::<Vec<_>>();
    assert_eq!(actions(house.resources.beginnings()), [Action::CheckInStarted]);
    assert_eq!(actions(house.receipts.told()), [Action::ConsentRecorded]);
    let endings = house.resources.endings().into_iter();
    let endings = endings.map(|ending| ending.event).collect();
    assert_eq!(actions(endings), [Action::CheckInEnded]);
    assert!(verify_chain(None, &entries).is_ok());
}
