//! The rungs of verification on a face reader: face, again, PIN, staff's eyes, and what is left then.

use madoguchi_audit::EntryStore as _;
use madoguchi_auth::{Options, Submission};
use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::check_in::{Action, CheckIn, NextStep, Outcome, State, VisualCause, VisualCheck};
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome, Page, PinHolder};
use madoguchi_core::{Medium, Method, Reason, StaffId};
use madoguchi_session::Updates;
use madoguchi_twin::Shown;

use crate::counter::{FACE, FaceDesk, PHONES, end, failure};
use crate::house::{request, until_pending};

/// Staff confirm at the console or in the EMR: this reader does not ask them.
const REMOTE: &[Capability] = &[
    Capability::NfcCard,
    Capability::NfcPhone,
    Capability::Screen,
    Capability::PinPad,
    Capability::Face,
    Capability::RemoteVisual,
];
const FACE_ONLY: &[Capability] = &[
    Capability::NfcCard,
    Capability::Screen,
    Capability::PinPad,
    Capability::Face,
];

async fn begin(desk: &FaceDesk, persona: &str, method: Option<Method>) -> Updates<CheckIn> {
    let started = desk.start().await;
    let updates = desk.house.watch(&started).await;
    desk.choose(Medium::Card).await;
    desk.put(&desk.panel, persona);
    if let Some(method) = method {
        desk.page(|page| matches!(page, Page::ChooseMethod { options } if options.contains(&method)))
            .await;
        assert!(desk.screen.press(Answer::Method(method)));
    }
    updates
}

async fn look(desk: &FaceDesk, again_because: Option<FaceOutcome>, outcome: FaceOutcome) {
    desk.shown(|shown| matches!(shown, Shown::Camera(request) if request.again_because == again_because))
        .await;
    assert!(desk.screen.look(outcome));
}

/// Twice not recognised.
async fn face_fails(desk: &FaceDesk) {
    look(desk, None, FaceOutcome::NoMatch).await;
    look(desk, Some(FaceOutcome::NoMatch), FaceOutcome::NoMatch).await;
}

#[tokio::test]
async fn face_again_pin_and_staff_follow_each_other_and_the_last_try_is_kept() {
    let desk = FaceDesk::new().await;
    let mut updates = begin(&desk, "adult", Some(Method::Face)).await;
    face_fails(&desk).await;
    desk.type_pin("9999").await;
    desk.shown(|shown| matches!(shown, Shown::PinPad(request) if request.tries_left == Some(2)))
        .await;
    desk.type_pin("9999").await;
    desk.page(|page| *page == Page::StaffCheck).await;
    assert!(desk.screen.press(Answer::Yes));
    desk.shown(|shown| {
        *shown == Shown::StaffTrusted
            || matches!(shown, Shown::Page(screen) if matches!(screen.page, Page::Consent { .. }))
    })
    .await;
    desk.agree().await;
    let ended = end(&mut updates).await;
    assert_eq!(
        (ended.state, ended.method),
        (State::Completed, Some(Method::StaffVisual))
    );
    let looked = VisualCheck {
        confirmed: true,
        staff_id: StaffId::at_the_reader(),
        cause: Some(VisualCause::FaceAndPin),
    };
    assert_eq!(ended.visual_check, Some(looked));
    let card = desk.house.readers.take(&desk.panel).unwrap();
    assert_eq!(card.report().verify_count(), 2, "one try is left");
}

#[tokio::test]
async fn where_the_reader_does_not_ask_staff_they_say_at_the_console_who_and_why() {
    let desk = FaceDesk::with(REMOTE, PHONES, Options::default()).await;
    let mut updates = begin(&desk, "no-pin", Some(Method::Face)).await;
    face_fails(&desk).await;
    let asked = loop {
        let now = until_pending(&mut updates).await;
        assert!(!now.state.is_terminal(), "{:?}", now.outcome);
        if now.state == State::WaitingForStaff {
            break now;
        }
    };
    let pending = asked.pending.unwrap();
    let Action::CheckVisually(prompt) = &pending.action else {
        panic!("{pending:?}")
    };
    assert_eq!(
        (prompt.because, prompt.on_reader),
        (Some(Reason::FaceNotVerified), false)
    );
    let check = VisualCheck {
        confirmed: true,
        staff_id: StaffId::new("nurse-7").unwrap(),
        cause: Some(VisualCause::FaceAndPin),
    };
    let said = Submission::VisualCheck(check.clone());
    desk.house
        .check_ins
        .submit(&asked.id, pending.id, said)
        .await
        .unwrap();
    desk.agree().await;
    let ended = end(&mut updates).await;
    assert_eq!(
        (ended.state, ended.method),
        (State::Completed, Some(Method::StaffVisual))
    );
    assert_eq!(ended.visual_check, Some(check.clone()));
    assert!(
        !desk.shown_pin_pad(),
        "a card without a PIN never sees a PIN page"
    );
    let history = desk.screen.history();
    let on_reader = |shown: &Shown| matches!(shown, Shown::Page(screen) if screen.page == Page::StaffCheck);
    assert!(!history.iter().any(on_reader));
    let entries = desk.house.entries.entries(0, 100).await.unwrap();
    let looked = entries
        .iter()
        .find(|entry| entry.event.action == AuditAction::VisualChecked);
    assert_eq!(looked.unwrap().event.visual_check, Some(check));
}

#[tokio::test]
async fn a_guardian_s_pin_is_told_apart_from_the_patient_s_own() {
    for (method, holder) in [
        (Method::GuardianPin, PinHolder::Guardian),
        (Method::Pin, PinHolder::Patient),
    ] {
        let desk = FaceDesk::new().await;
        let mut updates = begin(&desk, "child", Some(method)).await;
        desk.shown(|shown| matches!(shown, Shown::PinPad(request) if request.holder == holder))
            .await;
        desk.type_pin("1234").await;
        desk.agree().await;
        let ended = end(&mut updates).await;
        assert_eq!((ended.state, ended.method), (State::Completed, Some(method)));
        let entries = desk.house.entries.entries(0, 100).await.unwrap();
        let known = entries
            .iter()
            .find(|entry| entry.event.action == AuditAction::Authenticated);
        assert_eq!(known.unwrap().event.method, Some(method));
    }
}

#[tokio::test]
async fn a_card_whose_pin_cannot_be_tried_never_sees_a_pin_page() {
    for persona in ["no-pin", "locked-pin"] {
        let desk = FaceDesk::new().await;
        let mut updates = begin(&desk, persona, None).await;
        let page = desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
        let options = vec![Method::Face, Method::StaffVisual];
        assert_eq!(page, Page::ChooseMethod { options }, "{persona}");
        assert!(desk.screen.press(Answer::Method(Method::Face)));
        face_fails(&desk).await;
        desk.page(|page| *page == Page::StaffCheck).await;
        assert!(desk.screen.press(Answer::No));
        let ended = end(&mut updates).await;
        assert_eq!(failure(&ended), Reason::VisualCheckRefused, "{persona}");
        assert!(!desk.shown_pin_pad(), "{persona}");
    }
}

fn steps(ended: &CheckIn) -> &[NextStep] {
    match &ended.outcome {
        Some(Outcome::Failed(failure)) => &failure.next_steps,
        other => panic!("not failed: {other:?}"),
    }
}

#[tokio::test]
async fn the_end_of_the_ladder_proposes_what_this_counter_s_readers_can_do() {
    // A camera and nothing else, used up: there is nothing left at the counter.
    let desk = FaceDesk::with(FACE_ONLY, PHONES, Options::default()).await;
    let mut updates = begin(&desk, "no-pin", None).await;
    face_fails(&desk).await;
    let ended = end(&mut updates).await;
    assert_eq!(failure(&ended), Reason::FaceNotVerified);
    assert_eq!(steps(&ended).first(), Some(&NextStep::ShowMynaportal));
    // A card on a reader for cards beside a face reader: there the face and staff are left.
    let cards: &[Capability] = &[Capability::NfcCard, Capability::NfcPhone];
    let desk = FaceDesk::with(FACE, cards, Options::default()).await;
    let started = desk
        .house
        .check_ins
        .start(request("r1", Some(Medium::Card)))
        .await
        .unwrap();
    let mut updates = desk.house.watch(&started).await;
    desk.put(&desk.phones, "locked-pin");
    let ended = end(&mut updates).await;
    assert_eq!(failure(&ended), Reason::PinLocked);
    assert_eq!(steps(&ended)[..2], [NextStep::UseFace, NextStep::CheckVisually]);
    assert_eq!(steps(&ended).last(), Some(&NextStep::VisitMunicipality));
}

#[tokio::test]
async fn a_card_is_registered_on_the_reader_or_not() {
    let desk = FaceDesk::new().await;
    for (request_id, registers) in [("first", false), ("second", true), ("third", true)] {
        let started = desk
            .house
            .check_ins
            .start(request(request_id, Some(Medium::Card)))
            .await
            .unwrap();
        let mut updates = desk.house.watch(&started).await;
        desk.put(&desk.panel, "unregistered");
        look_at(&desk).await;
        if request_id != "third" {
            desk.page(|page| *page == Page::Register).await;
            assert!(
                desk.screen
                    .press(if registers { Answer::Yes } else { Answer::No })
            );
        }
        if registers {
            desk.agree().await;
        }
        let ended = end(&mut updates).await;
        if registers {
            assert_eq!(ended.state, State::Completed, "{request_id}");
        } else {
            assert_eq!(failure(&ended), Reason::RegistrationDeclined);
            assert_eq!(steps(&ended).first(), Some(&NextStep::RegisterCard));
        }
        desk.page(|page| *page == Page::TakeCard).await;
        let _card = desk.house.readers.take(&desk.panel);
        desk.page(|page| matches!(page, Page::Completed | Page::Failed))
            .await;
    }
}

/// Chooses the face, which matches.
async fn look_at(desk: &FaceDesk) {
    desk.page(|page| matches!(page, Page::ChooseMethod { .. })).await;
    assert!(desk.screen.press(Answer::Method(Method::Face)));
    look(desk, None, FaceOutcome::Match).await;
}
