//! A reader that is away for a moment, or not ready now: the screen comes back, and the visit goes on there.

use std::time::Duration;

use madoguchi_audit::EntryStore as _;
use madoguchi_auth::Options;
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::check_in::{CancelledBy, Outcome, State as Stands, VisualCheck};
use madoguchi_core::reader::{Capability, Readers as _, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::visit::Outcome as Visit;
use madoguchi_core::{Medium, Method, Reason, StaffId};
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
    desk.by_pin().await;
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
        tokio::time::sleep(Duration::from_secs(1)).await;
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
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tries = desk.screen.refused();
    assert!((2..8).contains(&tries), "{tries} tries in a second");
    assert_eq!(failure(&end(&mut updates).await), Reason::DriverProtocolError);
    desk.all_free().await;
}

/// Nobody is asked anything meanwhile: the phone is waited for.
#[tokio::test]
async fn a_screen_that_comes_back_while_the_phone_is_waited_for_shows_where_to_hold_it() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    let medium = Medium::IPhone;
    desk.page(|page| *page == Page::Present { medium }).await;
    away(&desk);
    // Not shown a second time before the reader is back.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let shown = desk.screen.history().len();
    back(&desk);
    desk.shown(|_| desk.screen.history().len() > shown).await;
    desk.page(|page| *page == Page::Present { medium }).await;
    assert_eq!(desk.state(&desk.panel), State::Leased);
    // One that is not ready when the page is to be shown is no other case.
    away(&desk);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let shown = desk.screen.history().len();
    desk.screen.refuse(Reason::ReaderUnavailable, 2);
    back(&desk);
    desk.shown(|_| desk.screen.history().len() > shown).await;
    desk.put(&desk.phones, "iphone");
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.all_free().await;
}

/// What is laid on a reader that the visit took again is on a reader that it holds.
#[tokio::test]
async fn a_card_is_seen_on_a_reader_that_was_away_while_it_was_waited_for() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    let medium = Medium::Card;
    desk.page(|page| *page == Page::Present { medium }).await;
    away(&desk);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let shown = desk.screen.history().len();
    back(&desk);
    desk.shown(|_| desk.screen.history().len() > shown).await;
    desk.put(&desk.panel, "adult");
    desk.by_pin().await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
}

#[tokio::test]
async fn a_card_is_asked_back_again_by_a_reader_that_was_away_meanwhile() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.panel, "adult");
    desk.by_pin().await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.page(|page| *page == Page::TakeCard).await;
    away(&desk);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let shown = desk.screen.history().len();
    back(&desk);
    desk.shown(|_| desk.screen.history().len() > shown).await;
    desk.page(|page| *page == Page::TakeCard).await;
    let lease = desk.house.readers.lease(&desk.panel, Default::default()).await;
    assert_eq!(lease.err(), Some(Reason::ReaderBusy), "the card still lies there");
    let _card = desk.house.readers.take(&desk.panel);
    desk.page(|page| *page == Page::Completed).await;
    desk.all_free().await;
}

#[tokio::test]
async fn a_card_is_asked_back_though_the_visit_ended_while_its_reader_was_away() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.panel, "adult");
    desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
    away(&desk);
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(desk.house.check_ins.cancel(&started.id).await.unwrap());
    back(&desk);
    desk.page(|page| *page == Page::TakeCard).await;
    let _card = desk.house.readers.take(&desk.panel);
    desk.page(|page| *page == Page::Idle).await;
    desk.all_free().await;
}

/// A reader that does nothing for the gateway but lead visits.
const LEADS: &[Capability] = &[Capability::Delegated];

/// The plan that the maker's program was given.
async fn planned(desk: &FaceDesk) -> Vec<Medium> {
    match desk.shown(|shown| matches!(shown, Shown::Visit(_))).await {
        Shown::Visit(plan) => plan.media,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_counter_with_nothing_but_a_maker_s_program_reads_cards() {
    let desk = FaceDesk::with(LEADS, &[], at_once()).await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    assert_eq!(planned(&desk).await, [Medium::Card]);
    assert!(desk.screen.end_visit(Visit::Quit));
    assert_eq!(
        end(&mut updates).await.outcome,
        Some(Outcome::Cancelled(CancelledBy::Patient))
    );
}

#[tokio::test]
async fn what_staff_say_in_a_maker_s_program_is_put_down_as_everywhere() {
    let desk = FaceDesk::with(LEADS, &[], at_once()).await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    planned(&desk).await;
    let reason = Reason::VisualCheckRefused;
    assert!(desk.screen.end_visit(Visit::Failed { reason }));
    let ended = end(&mut updates).await;
    assert_eq!(failure(&ended), reason);
    let check = VisualCheck {
        confirmed: false,
        staff_id: StaffId::at_the_reader(),
        cause: None,
    };
    assert_eq!(ended.visual_check, Some(check.clone()));
    let entries = desk.house.entries.entries(0, 100).await.unwrap();
    let looked = entries
        .iter()
        .find(|entry| entry.event.action == AuditAction::VisualChecked);
    let looked = &looked.unwrap().event;
    assert_eq!(
        (&looked.visual_check, looked.reason),
        (&Some(check), Some(reason))
    );
}

#[tokio::test]
async fn a_phone_is_read_beside_a_maker_s_program_that_knows_nothing_of_phones() {
    let desk = FaceDesk::with(LEADS, PHONES, Options::default()).await;
    let started = desk.house.start(Medium::IPhone).await;
    let mut updates = desk.house.watch(&started).await;
    desk.put(&desk.phones, "iphone");
    until(&mut updates, Stands::WaitingForConsent).await;
    assert_eq!(desk.house.lead(&started).await.state, Stands::Completed);
    let led = desk.screen.history();
    assert!(!led.iter().any(|shown| matches!(shown, Shown::Visit(_))));
    desk.all_free().await;
}

#[tokio::test]
async fn a_maker_s_program_that_is_away_at_the_start_leads_the_visit_when_it_is_back() {
    let desk = FaceDesk::with(LEADS, PHONES, Options::default()).await;
    away(&desk);
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    back(&desk);
    assert_eq!(planned(&desk).await, Medium::ALL);
    assert!(desk.screen.end_visit(Visit::Quit));
    assert!(end(&mut updates).await.state.is_terminal());
    desk.all_free().await;
}

#[tokio::test]
async fn readers_that_are_pulled_while_the_medium_is_asked_are_waited_for() {
    for (grace, comes_back) in [(5, true), (0, false)] {
        let options = Options {
            reader_grace_seconds: grace,
            ..Options::default()
        };
        let desk = FaceDesk::with(FACE, PHONES, options).await;
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        desk.page(|page| matches!(page, Page::ChooseMedium { .. })).await;
        let all = desk.house.readers.snapshot().readers;
        desk.house.readers.set(Vec::new());
        if comes_back {
            // The visit has seen that there is none.
            tokio::time::sleep(Duration::from_millis(50)).await;
            desk.house.readers.set(all);
            desk.choose(Medium::IPhone).await;
            desk.put(&desk.phones, "iphone");
            desk.agree().await;
            assert_eq!(end(&mut updates).await.state, Stands::Completed);
        } else {
            assert_eq!(failure(&end(&mut updates).await), Reason::ReaderRemoved);
        }
    }
}
