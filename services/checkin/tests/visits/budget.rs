//! What is remembered of a PIN's tries while visits go on.

use madoguchi_core::Medium;
use madoguchi_core::check_in::State;
use madoguchi_pin::Pin;
use madoguchi_twin::Faults;

use crate::house::{House, session, until, until_pending};

fn remembered(house: &House) -> Vec<Pin> {
    let accounts = house.accounts.all();
    accounts.into_iter().map(|account| account.pin).collect()
}

#[tokio::test]
async fn a_try_of_which_nobody_knows_is_spent_until_the_card_says() {
    let house = House::new().await;
    // SELECT AID, label (2), certificate (3), tries (2), VERIFY is the ninth.
    let mut card = session("adult");
    card.set_faults(Faults::pull_at(9));
    house.readers.put(&house.reader, card);
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    let first = until_pending(&mut updates).await;
    assert_eq!(remembered(&house), [Pin::Tries(3)], "the card said so");
    house.submit_pin(&first, "9999", false).await;
    until(&mut updates, State::WaitingForCard).await;
    assert_eq!(
        remembered(&house),
        [Pin::Tries(2)],
        "taken off before it was sent"
    );

    let mut card = house.readers.take(&house.reader).unwrap();
    card.set_faults(Faults::default());
    card.reinsert();
    house.readers.put(&house.reader, card);
    let again = until_pending(&mut updates).await;
    assert_eq!(remembered(&house), [Pin::Tries(2)], "the card says the same now");
    house.submit_pin(&again, "9999", false).await;
    let last = until_pending(&mut updates).await;
    assert_eq!(remembered(&house), [Pin::Tries(1)]);
    // Nobody said yes: nothing is sent, and nothing is taken off.
    house.submit_pin(&last, "1234", false).await;
    let refused = until_pending(&mut updates).await;
    assert_eq!(remembered(&house), [Pin::Tries(1)]);
    house.submit_pin(&refused, "1234", true).await;
    until(&mut updates, State::WaitingForConsent).await;
    assert_eq!(remembered(&house), [Pin::Tries(3)], "a success counts anew");
    let report = house.readers.take(&house.reader).unwrap().report();
    assert_eq!(report.verify_count(), 3);
}

#[tokio::test]
async fn a_locked_pin_is_remembered_until_the_card_says_otherwise() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    let mut updates = house.watch(&started).await;
    for (confirm, left) in [(false, 2), (false, 1), (true, 0)] {
        let asked = until_pending(&mut updates).await;
        house.submit_pin(&asked, "9999", confirm).await;
        if left > 0 {
            continue;
        }
        let ended = until_pending(&mut updates).await;
        assert_eq!(ended.state, State::Failed);
        assert_eq!(remembered(&house), [Pin::Tries(left)]);
    }
}

#[tokio::test]
async fn an_android_phone_is_known_only_once_its_pin_was_right() {
    let house = House::new().await;
    let started = house.start(Medium::Android).await;
    let mut updates = house.watch(&started).await;
    let asked = until_pending(&mut updates).await;
    house.submit_pin(&asked, "9999", false).await;
    until(&mut updates, State::WaitingForCard).await;
    house.put("android");
    let again = until_pending(&mut updates).await;
    assert_eq!(
        remembered(&house),
        [],
        "nobody knows whose PIN was wrong but the phone"
    );
    house.submit_pin(&again, "1234", false).await;
    until(&mut updates, State::WaitingForConsent).await;
    assert_eq!(remembered(&house), [Pin::Tries(3)]);
}
