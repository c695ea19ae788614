//! A reader that is away for a moment, or not ready now: the screen comes back, and the visit goes on there.

use madoguchi_auth::Options;
use madoguchi_core::check_in::State as Stands;
use madoguchi_core::reader::{Capability, State};
use madoguchi_core::screen::{Answer, Page};
use madoguchi_core::{Medium, Method, Reason};

use crate::counter::{FACE, FaceDesk, end};
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
