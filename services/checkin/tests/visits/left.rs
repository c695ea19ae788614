//! A card that a visit has read and that lies there still is nobody else's: its owner is reminded, the next visit waits.

use std::time::Duration;

use madoguchi_auth::Options;
use madoguchi_core::check_in::{CheckIn, Guidance, State as Stands};
use madoguchi_core::reader::{Capability, Readers as _, State};
use madoguchi_core::screen::Page;
use madoguchi_core::{Medium, Reason};
use madoguchi_session::Updates;

use crate::counter::{FACE, FaceDesk, PHONES, end};
use crate::house::{House, request, session, until, until_pending};
use crate::solitary::SOLITARY_FACE;

/// A reader of cards and phones without a screen.
const CARDS: &[Capability] = &[Capability::NfcCard, Capability::NfcPhone];

/// Waits until the caller is told that.
async fn told(updates: &mut Updates<CheckIn>, guidance: Guidance) {
    use futures_util::StreamExt as _;
    let told = async {
        loop {
            let now = updates.next().await.unwrap();
            assert_ne!(now.state, Stands::ReadingCard, "it was read");
            if now.guidance == Some(guidance) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
}

/// How the visit before came to its end.
#[derive(Debug, Clone, Copy)]
enum Before {
    Completed,
    /// The EMR called it off while the PIN was typed.
    Cancelled,
    /// A phone was chosen, and a card was laid there.
    Misfit,
}

#[tokio::test]
async fn a_card_that_is_left_where_there_is_no_screen_is_not_the_next_patient_s() {
    for before in [Before::Completed, Before::Cancelled, Before::Misfit] {
        let house = House::new().await;
        house.put("adult");
        let started = match before {
            Before::Misfit => house.start(Medium::IPhone).await,
            Before::Completed | Before::Cancelled => house.start(Medium::Card).await,
        };
        let mut updates = house.watch(&started).await;
        match before {
            Before::Completed => drop(house.lead(&started).await),
            Before::Cancelled => drop(until(&mut updates, Stands::WaitingForPin).await),
            Before::Misfit => {
                while until(&mut updates, Stands::WaitingForCard).await.guidance
                    != Some(Guidance::OtherMedium)
                {}
            }
        }
        drop(house.check_ins.cancel(&started.id).await.unwrap());
        let next = house
            .check_ins
            .start(request("r2", Some(Medium::Card)))
            .await
            .unwrap();
        told(&mut house.watch(&next).await, Guidance::TakeCard).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = house.check_ins.get(&next.id).await.unwrap();
        assert_eq!((now.reader_id, now.apdu_count), (None, 0), "{before:?}");
        let card = house.readers.take(&house.reader).unwrap();
        let tried = matches!(before, Before::Completed);
        assert_eq!(card.report().verify_count(), usize::from(tried), "{before:?}");
        house.put("child");
        assert_eq!(house.lead(&next).await.state, Stands::Completed, "{before:?}");
    }
}

#[tokio::test]
async fn a_certificate_is_not_read_from_a_card_that_a_visit_before_left() {
    let house = House::new().await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    house.lead(&started).await;
    let counter = madoguchi_auth::Counter {
        id: crate::house::counter_id(),
        readers: vec!["*".to_owned()],
    };
    let read = house
        .workflow
        .read_certificate(&counter, Duration::from_millis(300));
    assert_eq!(read.await.err(), Some(Reason::CardWaitTimeout));
    let _left = house.readers.take(&house.reader);
    house.put("child");
    let read = house.workflow.read_certificate(&counter, Duration::from_secs(5));
    assert_eq!(read.await.unwrap().0, Medium::Card);
}

#[tokio::test]
async fn another_reader_of_the_counter_serves_while_a_card_is_left_on_the_first() {
    let house = House::standing(&[CARDS, CARDS], Options::default()).await;
    house.put("adult");
    let started = house.start(Medium::Card).await;
    house.lead(&started).await;
    let next = house
        .check_ins
        .start(request("r2", Some(Medium::Card)))
        .await
        .unwrap();
    let mut updates = house.watch(&next).await;
    told(&mut updates, Guidance::PresentCard).await;
    let second = house.readers.id(2).unwrap();
    house.readers.put(&second, session("child"));
    let ended = house.lead(&next).await;
    assert_eq!((ended.state, ended.reader_id), (Stands::Completed, Some(second)));
}

/// The screen cannot be used side by side with the reader on which the card lies.
#[tokio::test]
async fn a_card_beside_a_screen_that_stood_aside_is_asked_back_on_it() {
    let desk = FaceDesk::with(SOLITARY_FACE, &[Capability::NfcCard], Options::default()).await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.phones, "adult");
    let asked = until(&mut updates, Stands::WaitingForPin).await;
    desk.house.submit_pin(&asked, "1234", false).await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.page(|page| *page == Page::TakeCard).await;
    let next = desk.house.check_ins.start(request("r2", None)).await.unwrap();
    let mut nexts = desk.house.watch(&next).await;
    told(&mut nexts, Guidance::TakeCard).await;
    let card = desk.house.readers.take(&desk.phones).unwrap();
    assert_eq!(card.report().verify_count(), 1);
    assert_eq!(desk.media().await.1, None, "nothing of this patient's lies there");
    drop(desk.house.check_ins.cancel(&next.id).await.unwrap());
    desk.all_free().await;
}

#[tokio::test]
async fn who_has_to_wait_for_the_screen_is_told_of_a_card_only_where_one_was_left() {
    let desk = FaceDesk::with(FACE, PHONES, Options::default()).await;
    // Somebody else shows a page, and the patient has laid the card there already.
    let lease = desk
        .house
        .readers
        .lease(&desk.panel, Duration::ZERO)
        .await
        .unwrap();
    desk.put(&desk.panel, "adult");
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(desk.state(&desk.panel), State::Leased);
    drop(lease);
    let asked = until_pending(&mut updates).await;
    assert_eq!(asked.guidance, Some(Guidance::TouchScreenFirst), "it is used");
    // The first state, and the one in which the medium is asked: nothing was told between.
    assert_eq!(asked.sequence, started.sequence + 1);
    drop(desk.house.check_ins.cancel(&started.id).await.unwrap());
}
