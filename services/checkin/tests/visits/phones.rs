//! Phones: screen and PIN on the face reader, the tap on the reader beside it.

use std::time::{Duration, Instant};

use madoguchi_auth::Options;
use madoguchi_core::check_in::{Action, CancelledBy, Guidance, Outcome, State as Stands};
use madoguchi_core::reader::{Readers as _, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Medium, Method, Reason};
use madoguchi_twin::{MemorySession, Persona, TestCa, VirtualCard};
use time::OffsetDateTime;

use crate::counter::{FACE, FaceDesk, PHONES, end, failure};
use crate::house::{request, until};

const BOTH: [Medium; 3] = Medium::ALL;

#[tokio::test]
async fn the_phone_button_goes_and_comes_with_its_reader() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    assert_eq!(desk.media().await, (BOTH.to_vec(), None));
    let media = |page: &Page, media: &[Medium]| matches!(page, Page::ChooseMedium { options, .. } if options == media);
    let pulled = Instant::now();
    desk.house.readers.change(&desk.phones, |reader| {
        reader.state = State::Unavailable;
        reader.reason = Some(Reason::ReaderRemoved);
    });
    desk.page(|page| media(page, &[Medium::Card])).await;
    let gone_after = pulled.elapsed();
    // The caller's choice is the same.
    loop {
        let now = until(&mut updates, Stands::ChoosingMedium).await;
        let options = match now.pending.map(|pending| pending.action) {
            Some(Action::ChooseMedium { options }) => options,
            _ => continue,
        };
        if options == [Medium::Card] {
            break;
        }
    }
    let plugged = Instant::now();
    desk.house.readers.change(&desk.phones, |reader| {
        reader.state = State::Ready;
        reader.reason = None;
    });
    desk.page(|page| media(page, &BOTH)).await;
    let back_after = plugged.elapsed();
    println!("gone after {gone_after:?}, back after {back_after:?}");
    assert!(gone_after < Duration::from_secs(1) && back_after < Duration::from_secs(1));
}

#[tokio::test]
async fn a_phone_reader_that_is_pulled_after_the_choice_lets_the_patient_choose_again() {
    let options = Options {
        reader_grace_seconds: 0,
        ..Options::default()
    };
    let desk = FaceDesk::with(FACE, PHONES, options).await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    let medium = Medium::IPhone;
    desk.page(|page| *page == Page::Present { medium }).await;
    desk.house
        .readers
        .change(&desk.phones, |reader| reader.state = State::Unavailable);
    assert_eq!(desk.media().await.0, [Medium::Card]);
    desk.put(&desk.panel, "adult");
    desk.choose(Medium::Card).await;
    desk.by_pin().await;
    desk.agree().await;
    let ended = end(&mut updates).await;
    assert_eq!(
        (ended.state, ended.medium),
        (Stands::Completed, Some(Medium::Card))
    );
}

/// An iPhone whose Wallet closed before it was held up.
fn closed_wallet() -> MemorySession {
    let persona = Persona::by_name("iphone").unwrap().unwrap();
    let mut phone = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
    phone.set_armed(Some(Duration::ZERO));
    MemorySession::new(phone)
}

#[tokio::test]
async fn an_iphone_whose_wallet_has_closed_is_guided_again() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.house.readers.put(&desk.phones, closed_wallet());
    desk.guided(Guidance::ArmWallet).await;
    // He confirms in Wallet and holds it up again.
    let _closed = desk.house.readers.take(&desk.phones);
    desk.put(&desk.phones, "iphone");
    desk.agree().await;
    let ended = end(&mut updates).await;
    assert_eq!(
        (ended.state, ended.method),
        (Stands::Completed, Some(Method::Device))
    );
    desk.all_free().await;
}

#[tokio::test]
async fn an_iphone_that_is_never_armed_ends_with_its_reason() {
    let options = Options {
        max_read_attempts: 1,
        ..Options::default()
    };
    let desk = FaceDesk::with(FACE, PHONES, options).await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.house.readers.put(&desk.phones, closed_wallet());
    assert_eq!(failure(&end(&mut updates).await), Reason::PhoneNotArmed);
    desk.all_free().await;
}

#[tokio::test]
async fn a_phone_of_the_other_kind_is_guided_and_used_when_it_is_chosen() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.put(&desk.phones, "android");
    let other = Some(Guidance::OtherMedium);
    desk.page(|page| matches!(page, Page::ChooseMedium { notice, .. } if *notice == other))
        .await;
    // It still lies there, and is what is wanted now.
    assert!(desk.screen.press(Answer::Medium(Medium::Android)));
    desk.type_pin("1234").await;
    desk.agree().await;
    let ended = end(&mut updates).await;
    assert_eq!(
        (ended.state, ended.medium),
        (Stands::Completed, Some(Medium::Android))
    );
    let phone = desk.house.readers.take(&desk.phones).unwrap();
    assert_eq!(phone.report().verify_count(), 1);
}

#[tokio::test]
async fn what_is_held_up_too_early_is_noticed_and_used_where_it_fits() {
    for (persona, medium) in [("iphone", Medium::IPhone), ("android", Medium::Android)] {
        let desk = FaceDesk::new().await;
        desk.put(&desk.phones, persona);
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        assert_eq!(
            desk.media().await.1,
            Some(Guidance::TouchScreenFirst),
            "{persona}"
        );
        desk.choose(medium).await;
        if medium == Medium::Android {
            desk.type_pin("1234").await;
        }
        desk.agree().await;
        assert_eq!(end(&mut updates).await.state, Stands::Completed, "{persona}");
    }
}

#[tokio::test]
async fn a_card_that_lies_there_early_is_not_used_where_a_phone_was_chosen() {
    let desk = FaceDesk::new().await;
    desk.put(&desk.panel, "adult");
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    assert_eq!(desk.media().await.1, Some(Guidance::TouchScreenFirst));
    desk.choose(Medium::IPhone).await;
    let other = Some(Guidance::OtherMedium);
    desk.page(|page| matches!(page, Page::ChooseMedium { notice, .. } if *notice == other))
        .await;
    assert!(desk.screen.press(Answer::Medium(Medium::IPhone)));
    // He means it: the card is in the way, and is not read over and over.
    desk.guided(Guidance::OtherMedium).await;
    let card = desk.house.readers.take(&desk.panel).unwrap();
    let medium = Medium::IPhone;
    desk.page(|page| *page == Page::Present { medium }).await;
    desk.put(&desk.phones, "iphone");
    desk.agree().await;
    let ended = end(&mut updates).await;
    assert_eq!(
        (ended.state, ended.medium),
        (Stands::Completed, Some(Medium::IPhone))
    );
    assert_eq!(card.report().verify_count(), 0);
}

#[tokio::test]
async fn a_card_that_is_forgotten_on_the_reader_does_not_keep_the_phone_from_being_read() {
    let desk = FaceDesk::new().await;
    desk.put(&desk.panel, "adult");
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    let other = Some(Guidance::OtherMedium);
    desk.page(|page| matches!(page, Page::ChooseMedium { notice, .. } if *notice == other))
        .await;
    assert!(desk.screen.press(Answer::Medium(Medium::IPhone)));
    desk.guided(Guidance::OtherMedium).await;
    desk.put(&desk.phones, "iphone");
    desk.agree().await;
    assert_eq!(end(&mut updates).await.medium, Some(Medium::IPhone));
}

#[tokio::test]
async fn a_phone_that_is_still_held_up_is_not_taken_for_the_next_patient_s() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.put(&desk.phones, "iphone");
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    let next = desk.house.check_ins.start(request("r2", None)).await.unwrap();
    let mut updates = desk.house.watch(&next).await;
    assert_eq!(
        desk.media().await.1,
        None,
        "nothing of this patient's was held up"
    );
    desk.choose(Medium::IPhone).await;
    let medium = Medium::IPhone;
    desk.page(|page| *page == Page::Present { medium }).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let now = desk.house.check_ins.get(&next.id).await.unwrap();
    assert_eq!((now.state, now.apdu_count), (Stands::WaitingForCard, 0));
    let _of_the_first = desk.house.readers.take(&desk.phones);
    desk.put(&desk.phones, "iphone");
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.all_free().await;
}

/// What ends a visit whose PIN is being typed.
#[derive(Debug, Clone, Copy)]
enum Ends {
    Completes,
    Cancelled,
    TimedOut,
    PhoneReaderPulled,
    FaceReaderPulled,
}

#[tokio::test]
async fn both_readers_are_held_and_given_back_at_every_end() {
    let ends = [
        Ends::Completes,
        Ends::Cancelled,
        Ends::TimedOut,
        Ends::PhoneReaderPulled,
        Ends::FaceReaderPulled,
    ];
    let visits = ends.map(|how| tokio::spawn(held_until(how)));
    for visit in visits {
        visit.await.unwrap();
    }
}

async fn held_until(how: Ends) {
    let options = Options {
        card_wait_seconds: 3,
        reader_grace_seconds: 0,
        ..Options::default()
    };
    let desk = FaceDesk::with(FACE, PHONES, options).await;
    let mut request = request("r1", None);
    request.timeout = Duration::from_secs(20);
    let started = desk.house.check_ins.start(request).await.unwrap();
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Android).await;
    // From the choice on, before the phone is even out of the pocket.
    desk.shown(|shown| matches!(shown, madoguchi_twin::Shown::PinPad(_)))
        .await;
    for reader in [&desk.panel, &desk.phones] {
        assert_eq!(desk.state(reader), State::Leased, "{how:?}");
        let other = desk.house.readers.lease(reader, Duration::ZERO).await;
        assert_eq!(other.err(), Some(Reason::ReaderBusy), "{how:?}");
    }
    if !matches!(how, Ends::FaceReaderPulled) {
        desk.type_pin("1234").await;
        let medium = Medium::Android;
        desk.page(|page| *page == Page::Present { medium }).await;
        assert_eq!(desk.state(&desk.phones), State::Leased, "{how:?}");
    }
    let pull = |reader| {
        desk.house.readers.change(reader, |reader| {
            reader.state = State::Unavailable;
            reader.reason = Some(Reason::ReaderRemoved);
        });
    };
    match how {
        Ends::Completes => {
            desk.put(&desk.phones, "android");
            desk.agree().await;
        }
        Ends::Cancelled => drop(desk.house.check_ins.cancel(&started.id).await.unwrap()),
        Ends::TimedOut => {}
        Ends::PhoneReaderPulled => {
            pull(&desk.phones);
            desk.media().await;
            assert!(desk.screen.press(Answer::Quit));
        }
        Ends::FaceReaderPulled => {
            // The PIN can still be typed at the caller, and the phone be read; here nobody does.
            pull(&desk.panel);
            drop(desk.house.check_ins.cancel(&started.id).await.unwrap());
        }
    }
    let ended = end(&mut updates).await;
    match how {
        Ends::Completes => assert_eq!(ended.state, Stands::Completed),
        Ends::TimedOut => assert_eq!(failure(&ended), Reason::CardWaitTimeout),
        Ends::PhoneReaderPulled => {
            assert_eq!(ended.outcome, Some(Outcome::Cancelled(CancelledBy::Patient)));
        }
        Ends::Cancelled | Ends::FaceReaderPulled => {
            assert_eq!(ended.outcome, Some(Outcome::Cancelled(CancelledBy::Caller)));
        }
    }
    desk.all_free().await;
}
