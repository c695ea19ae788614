//! The reader's screen before, during and after a visit: its language, the reminder of the card, the greeting.

use std::time::Duration;

use madoguchi_consent::{Items, Wording};
use madoguchi_core::check_in::{CheckIn, Guidance, State as Stands};
use madoguchi_core::reader::{Readers as _, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Medium, Method, Reason};
use madoguchi_twin::Shown;

use crate::counter::{FaceDesk, end, failure};
use crate::house::request;

const LANGUAGES: [&str; 5] = ["ja", "en", "zh-Hans", "ko", "vi"];

#[tokio::test]
async fn every_page_is_in_the_language_that_the_visit_was_started_with() {
    let (wording, items) = (Wording::current().unwrap(), Items::current().unwrap());
    for language in LANGUAGES {
        let desk = FaceDesk::new().await;
        let mut request = request("r1", None);
        request.language = language.to_owned();
        let started = desk.house.check_ins.start(request).await.unwrap();
        let mut updates = desk.house.watch(&started).await;
        desk.choose(Medium::Card).await;
        desk.put(&desk.panel, "adult");
        desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
        assert!(desk.screen.press(Answer::Method(Method::Pin)));
        desk.type_pin("1234").await;
        desk.agree().await;
        let ended = end(&mut updates).await;
        desk.page(|page| *page == Page::TakeCard).await;
        assert_eq!(ended.receipt.unwrap().language, language);
        let mut texts = Vec::new();
        for shown in desk.screen.history() {
            match shown {
                Shown::Page(screen) => {
                    assert_eq!(screen.language, language, "{:?}", screen.page);
                    if let Page::Consent { text, .. } = screen.page {
                        texts.push(text);
                    }
                }
                Shown::PinPad(request) => assert_eq!(request.language, language),
                _ => {}
            }
        }
        let items = wording.question(language, &items).items;
        let expected: Vec<_> = items.into_iter().map(|item| item.text).collect();
        assert_eq!(texts, expected, "item by item, in the wording's own words");
    }
}

#[tokio::test]
async fn who_changes_the_language_in_the_middle_of_the_consent_is_asked_anew() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.put(&desk.phones, "iphone");
    desk.page(|page| matches!(page, Page::Consent { .. })).await;
    assert!(desk.screen.press(Answer::Yes));
    desk.page(
        |page| matches!(page, Page::Consent { item, .. } if *item != madoguchi_core::consent::Item::ALL[0]),
    )
    .await;
    assert!(desk.screen.press(Answer::Language("vi".to_owned())));
    desk.agree().await;
    let receipt = end(&mut updates).await.receipt.unwrap();
    assert_eq!((receipt.language.as_str(), receipt.decisions.len()), ("vi", 4));
}

#[tokio::test]
async fn a_card_is_asked_back_until_it_is_out_and_the_next_patient_waits() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.panel, "adult");
    desk.by_pin().await;
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    desk.page(|page| *page == Page::TakeCard).await;
    // The next one comes, and the card of the one before still lies there.
    let next = desk.house.check_ins.start(request("r2", None)).await.unwrap();
    let mut nexts = desk.house.watch(&next).await;
    loop {
        use futures_util::StreamExt as _;
        if nexts.next().await.unwrap().guidance == Some(Guidance::TakeCard) {
            break;
        }
    }
    assert_eq!(desk.state(&desk.panel), State::Leased);
    desk.page(|page| *page == Page::TakeCard).await;
    let _card = desk.house.readers.take(&desk.panel).unwrap();
    assert_eq!(desk.media().await.1, None, "nothing is taken for an early tap");
    drop(desk.house.check_ins.cancel(&next.id).await.unwrap());
}

#[tokio::test]
async fn who_comes_before_the_reception_started_is_greeted_and_what_he_laid_there_is_used() {
    let desk = FaceDesk::new().await;
    desk.house.workflow.greet();
    desk.house
        .readers
        .change(&desk.panel, |reader| reader.touch_count += 1);
    desk.guided(Guidance::WaitForStaff).await;
    desk.all_free().await;
    desk.put(&desk.panel, "adult");
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    assert_eq!(desk.media().await.1, Some(Guidance::TouchScreenFirst));
    desk.choose(Medium::Card).await;
    desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
    drop(desk.house.check_ins.cancel(&started.id).await.unwrap());
    end(&mut updates).await;
    let _card = desk.house.readers.take(&desk.panel);
    desk.page(|page| *page == Page::Idle).await;
    // A card alone greets too, a while after it was laid there and nobody started a visit.
    desk.put(&desk.panel, "adult");
    desk.guided(Guidance::WaitForStaff).await;
    let snapshot = desk.house.readers.snapshot();
    assert!(snapshot.readers[0].card_present && snapshot.readers[0].state != State::Unavailable);
    desk.house.check_ins.shutdown().await;
    desk.house.workflow.shutdown().await;
    desk.all_free().await;
}

#[tokio::test]
async fn what_an_earlier_process_left_on_a_screen_is_wiped_off_once() {
    let desk = FaceDesk::new().await;
    desk.house.workflow.greet();
    desk.page(|page| *page == Page::Idle).await;
    desk.all_free().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(desk.screen.history().len(), 1, "once is enough");
}

#[tokio::test]
async fn a_gateway_that_ends_leaves_no_page_of_a_visit_behind() {
    for card_is_left in [false, true] {
        let desk = FaceDesk::new().await;
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        desk.choose(Medium::Card).await;
        if card_is_left {
            desk.put(&desk.panel, "adult");
            desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
        }
        desk.house.check_ins.shutdown().await;
        assert_eq!(end(&mut updates).await.state, Stands::Cancelled);
        desk.house.workflow.shutdown().await;
        let last = desk.screen.history().pop();
        assert!(
            matches!(&last, Some(Shown::Page(screen)) if screen.page == Page::Idle),
            "{last:?}"
        );
        desk.all_free().await;
    }
}

#[tokio::test]
async fn what_was_answered_on_the_screen_is_not_pending_at_the_caller_any_more() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.panel, "unregistered");
    desk.by_pin().await;
    desk.page(|page| *page == Page::Register).await;
    desk.house.resources.record();
    assert!(desk.screen.press(Answer::Yes));
    desk.agree().await;
    assert_eq!(end(&mut updates).await.state, Stands::Completed);
    let kept = desk.house.resources.recorded();
    for state in [
        Stands::WaitingForRegistration,
        Stands::WaitingForConsent,
        Stands::CheckingEligibility,
    ] {
        let mut states = kept
            .iter()
            .map(|body| serde_json::from_slice::<CheckIn>(body).unwrap());
        let last = states.rfind(|kept| kept.state == state).unwrap();
        assert_eq!(last.pending, None, "{state:?}");
    }
}

#[tokio::test]
async fn a_visit_whose_end_cannot_be_kept_is_not_completed_on_the_screen_either() {
    let desk = FaceDesk::new().await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::IPhone).await;
    desk.put(&desk.phones, "iphone");
    desk.page(|page| matches!(page, Page::Consent { .. })).await;
    desk.house.resources.set_ends_broken(true);
    desk.agree().await;
    assert_eq!(failure(&end(&mut updates).await), Reason::StoreUnavailable);
    desk.page(|page| *page == Page::Failed).await;
    let completed = |shown: &Shown| matches!(shown, Shown::Page(screen) if screen.page == Page::Completed);
    assert!(!desk.screen.history().iter().any(completed));
}
