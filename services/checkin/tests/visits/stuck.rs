//! A reader that is away for a moment, or not ready now: the screen comes back, and the visit goes on there.

use madoguchi_auth::Options;
use madoguchi_core::check_in::State as Stands;
use madoguchi_core::reader::{Capability, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Medium, Method, Reason};
use madoguchi_twin::Shown;

use crate::counter::{FACE, FaceDesk, PHONES, end, failure};
use crate::house::{request, until};

/// Reads cards as well, so that the counter can be used while the face reader is away.
const CARDS: &[Capability] = &[Capability::NfcCard, Capability::NfcPhone];

/// Nobody waits for readers: what is missing is missing.
fn at_once() -> Options {
    Options {
        reader_grace_seconds: 0,
        ..Options::default()
    }
}

fn away(desk: &FaceDesk) {
    desk.house.readers.change(&desk.panel, |reader| {
        reader.state = State::Unavailable;
        reader.reason = Some(Reason::DriverFailed);
    });
}

fn back(desk: &FaceDesk) {
    desk.house.readers.change(&desk.panel, |reader| {
        reader.state = State::Ready;
        reader.reason = None;
    });
}

#[tokio::test]
async fn a_card_on_a_face_reader_that_was_away_at_the_start_is_asked_about_on_its_screen() {
    let desk = FaceDesk::with(FACE, CARDS, at_once()).await;
    away(&desk);
    let request = request("r1", Some(Medium::Card));
    let started = desk.house.check_ins.start(request).await.unwrap();
    let mut updates = desk.house.watch(&started).await;
    // Not only begun: it has looked for the screen already.
    while until(&mut updates, Stands::WaitingForCard)
        .await
        .guidance
        .is_none()
    {}
    desk.put(&desk.panel, "adult");
    back(&desk);
    desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
    assert!(desk.screen.press(Answer::Method(Method::Pin)));
    desk.type_pin("1234").await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.page(|page| *page == Page::TakeCard).await;
}

/// Silence, or "not now", in the middle of a page and for a while after it.
#[tokio::test]
async fn a_screen_that_was_not_ready_is_asked_again_with_the_same_page() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.put(&desk.phones, "iphone");
    desk.page(|page| matches!(page, Page::Consent { .. })).await;
    desk.screen.refuse(Reason::ReaderUnavailable, 3);
    assert!(desk.screen.lose(Reason::ReaderUnavailable));
    desk.screen.until_refused(3).await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.all_free().await;
}

#[tokio::test]
async fn a_pin_pad_whose_driver_crashed_or_was_silent_comes_back() {
    for reason in [
        Reason::DriverFailed,
        Reason::ReaderRemoved,
        Reason::ReaderUnavailable,
    ] {
        let desk = FaceDesk::new().await;
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        desk.choose(Medium::Android).await;
        desk.shown(|shown| matches!(shown, Shown::PinPad(_))).await;
        desk.screen.refuse(reason, 2);
        assert!(desk.screen.lose(reason));
        desk.screen.until_refused(2).await;
        desk.type_pin("1234").await;
        desk.put(&desk.phones, "android");
        desk.agree().await;
        assert_eq!(end(&mut updates).await.state, Stands::Completed, "{reason:?}");
        desk.all_free().await;
    }
}

/// The card has lost its power with the reader: it is read again, and the PIN is typed again.
#[tokio::test]
async fn a_card_whose_reader_crashed_under_the_pin_pad_is_read_again() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.panel, "adult");
    for crashes in [true, false] {
        desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
        assert!(desk.screen.press(Answer::Method(Method::Pin)));
        desk.shown(|shown| matches!(shown, Shown::PinPad(_))).await;
        if crashes {
            assert!(desk.screen.lose(Reason::DriverFailed));
        }
    }
    desk.type_pin("1234").await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    let card = desk.house.readers.take(&desk.panel).unwrap();
    assert_eq!(card.report().verify_count(), 1);
}

/// It does not know the page, or does not come to itself.
#[tokio::test]
async fn a_screen_that_never_asks_leaves_the_visit_to_the_caller_without_haste() {
    for reason in [Reason::ReaderUnavailable, Reason::DriverProtocolError] {
        let desk = FaceDesk::new().await;
        desk.screen.refuse(reason, usize::MAX);
        let request = request("r1", Some(Medium::IPhone));
        let started = desk.house.check_ins.start(request).await.unwrap();
        let mut updates = desk.house.watch(&started).await;
        desk.put(&desk.phones, "iphone");
        until(&mut updates, Stands::WaitingForConsent).await;
        let before = desk.screen.refused();
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let tries = desk.screen.refused() - before;
        assert!((2..8).contains(&tries), "{tries} tries in a second");
        assert_eq!(desk.house.lead(&started).await.state, Stands::Completed);
    }
}

#[tokio::test]
async fn a_maker_s_program_that_makes_no_sense_ends_with_its_reason_without_haste() {
    let desk = FaceDesk::with(&[Capability::Delegated], PHONES, Options::default()).await;
    desk.screen.refuse(Reason::DriverProtocolError, usize::MAX);
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.screen.until_refused(1).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let tries = desk.screen.refused();
    assert!((2..8).contains(&tries), "{tries} tries in a second");
    assert_eq!(failure(&end(&mut updates).await), Reason::DriverProtocolError);
    desk.all_free().await;
}
