//! One VERIFY per PIN typed, whatever fails; the last try only with a yes.

use madoguchi_auth::Options;
use madoguchi_core::check_in::{Action, Guidance, Outcome, PinPrompt, State};
use madoguchi_core::reader::Capability;
use madoguchi_core::{Medium, Pin, Reason};
use madoguchi_twin::Shown;

use crate::counter::{FaceDesk, PHONES, end};
use crate::house::{House, session, typed, until, until_pending};

fn prompt(check_in: &madoguchi_core::check_in::CheckIn) -> PinPrompt {
    match &check_in.pending.as_ref().unwrap().action {
        Action::EnterPin(prompt) => *prompt,
        other => panic!("not a PIN prompt: {other:?}"),
    }
}

#[tokio::test]
async fn the_last_try_needs_a_yes_and_three_wrong_lock_the_pin() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let first = until_pending(&mut updates).await;
    assert_eq!(
        prompt(&first),
        PinPrompt {
            tries_left: Some(3),
            last_try: false,
            again_because: None
        }
    );
    house.submit_pin(&first, "9999", false).await;
    let second = until_pending(&mut updates).await;
    assert_eq!(prompt(&second).again_because, Some(Reason::PinWrong));
    assert_eq!(prompt(&second).tries_left, Some(2));
    house.submit_pin(&second, "9999", false).await;
    let last = until_pending(&mut updates).await;
    assert!(prompt(&last).last_try);
    // Nobody said yes: nothing is sent, and it is asked again.
    house.submit_pin(&last, "9999", false).await;
    let again = until_pending(&mut updates).await;
    assert_eq!(prompt(&again).again_because, Some(Reason::PinLastTryNotConfirmed));
    house.submit_pin(&again, "9999", true).await;
    let ended = until_pending(&mut updates).await;
    let Some(Outcome::Failed(failure)) = ended.outcome else {
        panic!("not failed")
    };
    assert_eq!(failure.reason, Reason::PinLocked);
    assert_eq!(
        house.readers.take(&house.reader).unwrap().report().verify_count(),
        3
    );
}

#[tokio::test]
async fn a_pin_submitted_twice_is_sent_once() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let first = until_pending(&mut updates).await;
    house.submit_pin(&first, "9999", false).await;
    // The caller did not hear the answer and sends it again; and again when the next prompt is there.
    house.submit_pin(&first, "9999", false).await;
    let second = until_pending(&mut updates).await;
    house.submit_pin(&first, "9999", false).await;
    house.submit_pin(&second, "1234", false).await;
    until(&mut updates, State::WaitingForConsent).await;
    let _ = house.check_ins.cancel(&started.id).await.unwrap();
    assert_eq!(
        house.readers.take(&house.reader).unwrap().report().verify_count(),
        2
    );
}

#[tokio::test]
async fn a_card_that_is_lost_at_verify_is_asked_and_the_pin_is_not_sent_again() {
    let house = House::new().await;
    // SELECT AID, label (2), certificate (3), tries (2), VERIFY is the ninth.
    let mut card = session("adult");
    card.set_faults(madoguchi_twin::Faults::pull_at(9));
    house.readers.put(&house.reader, card);
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let first = until_pending(&mut updates).await;
    house.submit_pin(&first, "9999", false).await;
    until(&mut updates, State::WaitingForCard).await;
    let mut card = house.readers.take(&house.reader).unwrap();
    assert_eq!(card.report().verify_count(), 1);
    card.set_faults(Default::default());
    card.reinsert();
    house.readers.put(&house.reader, card);
    let again = until_pending(&mut updates).await;
    assert_eq!(prompt(&again).again_because, Some(Reason::PinOutcomeUnknown));
    assert_eq!(
        prompt(&again).tries_left,
        Some(2),
        "the card says that the try was spent"
    );
    house.submit_pin(&again, "1234", false).await;
    let question = until_pending(&mut updates).await;
    house.submit_consents(&question, true).await;
    assert_eq!(until_pending(&mut updates).await.state, State::Completed);
}

#[tokio::test]
async fn an_android_pin_waits_for_the_tap() {
    let house = House::new().await;
    let started = house.start(Medium::Android).await;
    let mut updates = house.watch(&started).await;
    let asked = until_pending(&mut updates).await;
    assert_eq!(prompt(&asked).tries_left, None, "nobody has seen the phone yet");
    house.submit_pin(&asked, "1234", false).await;
    until(&mut updates, State::WaitingForCard).await;
    house.put("android");
    let question = until_pending(&mut updates).await;
    assert_eq!(question.state, State::WaitingForConsent);
    let phone = house.readers.take(&house.reader).unwrap();
    assert_eq!(phone.report().verify_count(), 1);
}

#[tokio::test]
async fn a_card_taken_off_while_the_pin_is_typed_is_waited_for() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let first = until_pending(&mut updates).await;
    let card = house.readers.take(&house.reader);
    until(&mut updates, State::WaitingForCard).await;
    // What was pending is pending no more.
    let action = first.pending.as_ref().unwrap().id.clone();
    let pin = Pin::new(b"1234".to_vec()).unwrap();
    let refused = house
        .check_ins
        .submit(&started.id, action, typed(pin, false))
        .await
        .unwrap_err();
    assert_eq!(refused.reason, Reason::ActionNotPending);
    drop(card);
    house.put("adult");
    let done = house.lead(&started).await;
    assert_eq!(done.state, State::Completed);
}

/// The last try is spent at the caller: the reader does not leave the patient without a word.
#[tokio::test]
async fn before_the_last_try_the_screen_says_that_staff_come() {
    const PAD: &[Capability] = &[Capability::NfcCard, Capability::Screen, Capability::PinPad];
    let desk = FaceDesk::with(PAD, PHONES, Options::default()).await;
    let started = desk.house.start(Medium::Card).await;
    let mut updates = desk.house.watch(&started).await;
    desk.put(&desk.panel, "adult");
    for tries in [3, 2] {
        desk.shown(|shown| matches!(shown, Shown::PinPad(request) if request.tries_left == Some(tries)))
            .await;
        desk.type_pin("9999").await;
    }
    desk.guided(Guidance::WaitForStaff).await;
    let last = loop {
        let now = until_pending(&mut updates).await;
        if prompt(&now).last_try {
            break now;
        }
    };
    assert_eq!(last.guidance, Some(Guidance::WaitForStaff));
    desk.house.submit_pin(&last, "1234", true).await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, State::Completed);
}
