//! Readers that cannot work side by side: the screen is given back while the reader beside it works, and taken again.

use madoguchi_auth::Options;
use madoguchi_core::Medium;
use madoguchi_core::check_in::{CancelledBy, Guidance, Outcome, State as Stands};
use madoguchi_core::reader::{Capability, State};
use madoguchi_core::screen::Page;
use madoguchi_twin::{Faults, Shown};

use crate::counter::{FACE, FaceDesk, PHONES, end};
use crate::house::{session, until};

pub(crate) const SOLITARY_FACE: &[Capability] = &[
    Capability::NfcCard,
    Capability::Screen,
    Capability::PinPad,
    Capability::Face,
    Capability::Solitary,
];
const SOLITARY_PHONES: &[Capability] = &[Capability::NfcPhone, Capability::Solitary];

/// Never both at the same time, whichever of both is the solitary one.
async fn desks() -> [FaceDesk; 2] {
    [
        FaceDesk::with(SOLITARY_FACE, PHONES, Options::default()).await,
        FaceDesk::with(FACE, SOLITARY_PHONES, Options::default()).await,
    ]
}

#[tokio::test]
async fn a_phone_is_read_while_the_screen_stands_aside() {
    for desk in desks().await {
        let never_both = watch(&desk);
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        desk.choose(Medium::Android).await;
        desk.shown(|shown| matches!(shown, Shown::PinPad(_))).await;
        assert_eq!(desk.state(&desk.phones), State::Ready, "the screen is in use");
        // A wrong one first: the patient is asked on the screen again, though another reader had the phone.
        desk.type_pin("9999").await;
        desk.put(&desk.phones, "android");
        desk.shown(|shown| matches!(shown, Shown::PinPad(request) if request.tries_left == Some(2)))
            .await;
        desk.type_pin("1234").await;
        desk.agree().await;
        desk.page(|page| *page == Page::Completed).await;
        assert_eq!(end(&mut updates).await.state, Stands::Completed);
        desk.all_free().await;
        never_both.abort();
        assert!(
            never_both.await.is_err_and(|error| error.is_cancelled()),
            "both were held"
        );
    }
}

#[tokio::test]
async fn guidance_and_the_end_are_shown_though_another_reader_had_the_phone() {
    for desk in desks().await {
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        desk.choose(Medium::IPhone).await;
        desk.put(&desk.phones, "android");
        let other = Some(Guidance::OtherMedium);
        desk.page(|page| matches!(page, Page::ChooseMedium { notice, .. } if *notice == other))
            .await;
        assert!(
            desk.screen
                .press(madoguchi_core::screen::Answer::Medium(Medium::Android))
        );
        desk.type_pin("1234").await;
        until(&mut updates, Stands::WaitingForConsent).await;
        desk.page(|page| matches!(page, Page::Consent { .. })).await;
        drop(desk.house.check_ins.cancel(&started.id).await.unwrap());
        let ended = end(&mut updates).await;
        assert_eq!(ended.outcome, Some(Outcome::Cancelled(CancelledBy::Caller)));
        desk.page(|page| *page == Page::Idle).await;
        desk.all_free().await;
    }
}

#[tokio::test]
async fn who_takes_the_phone_away_or_is_called_off_meanwhile_is_told_on_the_screen() {
    for desk in desks().await {
        let started = desk.start().await;
        desk.choose(Medium::IPhone).await;
        let mut phone = session("iphone");
        phone.set_faults(Faults::pull_at(2));
        desk.house.readers.put(&desk.phones, phone);
        desk.guided(Guidance::KeepStill).await;
        assert_eq!(
            desk.state(&desk.phones),
            State::Ready,
            "the screen is in use again"
        );
        let _pulled = desk.house.readers.take(&desk.phones);
        // The EMR calls it off while another reader has the phone.
        let mut slow = session("iphone");
        slow.set_faults(Faults {
            delay_ms: 100,
            ..Faults::default()
        });
        desk.house.readers.put(&desk.phones, slow);
        let mut updates = desk.house.watch(&started).await;
        until(&mut updates, Stands::ReadingCard).await;
        drop(desk.house.check_ins.cancel(&started.id).await.unwrap());
        desk.page(|page| *page == Page::Idle).await;
        desk.all_free().await;
    }
}

#[tokio::test]
async fn a_screen_that_stands_aside_greets_nobody() {
    for desk in desks().await {
        desk.house.workflow.greet();
        let started = desk.start().await;
        let mut updates = desk.house.watch(&started).await;
        desk.choose(Medium::IPhone).await;
        let mut slow = session("iphone");
        slow.set_faults(Faults {
            delay_ms: 50,
            ..Faults::default()
        });
        desk.house.readers.put(&desk.phones, slow);
        until(&mut updates, Stands::ReadingCard).await;
        assert_eq!(desk.state(&desk.panel), State::Ready, "it stands aside");
        desk.house
            .readers
            .change(&desk.panel, |reader| reader.touch_count += 1);
        desk.agree().await;
        assert_eq!(end(&mut updates).await.state, Stands::Completed);
        let guidance = Guidance::WaitForStaff;
        let greeted =
            |shown: &Shown| matches!(shown, Shown::Page(screen) if screen.page == Page::Guide { guidance });
        let history = desk.screen.history();
        assert!(!history.iter().any(greeted), "{history:?}");
        desk.all_free().await;
    }
}

/// Panics as soon as both readers are held at the same time.
fn watch(desk: &FaceDesk) -> tokio::task::JoinHandle<()> {
    use futures_util::StreamExt as _;
    use madoguchi_core::reader::Readers as _;
    let mut snapshots = desk.house.readers.watch();
    tokio::spawn(async move {
        while let Some(snapshot) = snapshots.next().await {
            let held = snapshot
                .readers
                .iter()
                .filter(|reader| reader.state == State::Leased);
            assert!(
                held.count() < 2,
                "two readers that cannot work side by side are held"
            );
        }
    })
}
