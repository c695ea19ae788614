//! One visit of one row at one counter.

use madoguchi_core::reader::Capability;
use madoguchi_proto::auth::v1::{Method, VisualCause};
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{
    CheckIn, SubmitMethodRequest, SubmitRegistrationRequest, SubmitVisualCheckRequest,
};
use madoguchi_tests::{FaceClinic, FaceCounter, Visit, ending, request};
use madoguchi_twin::device::Identity;

use crate::case::Case;

/// Plays it and says how it ended, and by which method.
pub(crate) async fn play(
    clinic: &FaceClinic,
    counter: &FaceCounter,
    reader: &Identity,
    case: &Case,
) -> String {
    let mut request = request(&counter.id, named(case.given));
    request.visit_timeout = Some(prost_types::Duration {
        seconds: 60,
        nanos: 0,
    });
    let mut visit = Visit::start_with(clinic.gateway.channel().await, request)
        .await
        .unwrap();
    let mut patient = case.patient(reader);
    if case.visual_at_console(reader) {
        // Staff at the console are faster than he is.
        patient.pace_ms = 300;
    }
    let patient = counter.comes(patient);
    let mut end = visit.now.clone();
    let mut answered = String::new();
    while let Some(now) = visit.next().await {
        if let Some(pending) = &now.pending_action
            && std::mem::replace(&mut answered, pending.action_id.clone()) != pending.action_id
        {
            answer_at_console(&mut visit, &now, case, reader).await;
        }
        end = now;
    }
    // Who is not served any more takes the card and goes.
    let seen = tokio::task::spawn_blocking(move || patient.join()).await.unwrap();
    let seen = seen.expect("the patient went through it");
    if matches!(case.persona, "no-pin" | "locked-pin") {
        assert_eq!(seen.pins_typed, 0, "a PIN pad was shown: {:?}", seen.pages);
    }
    assert_eq!(
        end.visual_check.as_ref().is_some_and(|check| check.confirmed),
        end.method() == Method::StaffVisual,
        "{}: who looked is told where staff looked, and only there",
        case.persona
    );
    describe(&end)
}

/// Staff at the console: they choose the visual check where it was asked for, look whenever it is due there, and ask the
/// patient what a reader without a screen of ours cannot ask.
async fn answer_at_console(visit: &mut Visit, now: &CheckIn, case: &Case, reader: &Identity) {
    let chooses_visual = case.visual_at_console(reader);
    let asks = !reader.can(Capability::Screen);
    let Some(pending) = now.pending_action.clone() else {
        return;
    };
    let check_in_id = now.check_in_id.clone();
    match pending.action {
        Some(Action::ChooseMethod(choice))
            if chooses_visual && choice.options().any(|option| option == Method::StaffVisual) =>
        {
            let chosen = SubmitMethodRequest {
                check_in_id,
                action_id: pending.action_id,
                method: Method::StaffVisual.into(),
            };
            visit.client.submit_method(chosen).await.unwrap();
        }
        Some(Action::CheckVisually(prompt)) if !prompt.on_reader => {
            let seen = SubmitVisualCheckRequest {
                check_in_id,
                action_id: pending.action_id,
                confirmed: true,
                staff_id: "staff-7".to_owned(),
                cause: VisualCause::FaceAndPin.into(),
            };
            visit.client.submit_visual_check(seen).await.unwrap();
        }
        Some(Action::EnterPin(_)) if !reader.can(Capability::PinPad) => {
            drop(visit.pin("1234", false).await.unwrap());
        }
        Some(Action::DecideConsents(_)) if asks => drop(visit.consents(true).await.unwrap()),
        Some(Action::DecideRegistration(_)) if asks => {
            let said = SubmitRegistrationRequest {
                check_in_id,
                action_id: pending.action_id,
                register: case.registers,
            };
            visit.client.submit_registration(said).await.unwrap();
        }
        _ => {}
    }
}

/// What the EMR names.
const fn named(medium: Option<madoguchi_core::Medium>) -> Medium {
    match medium {
        None => Medium::Unspecified,
        Some(madoguchi_core::Medium::Card) => Medium::Card,
        Some(madoguchi_core::Medium::IPhone) => Medium::Iphone,
        Some(madoguchi_core::Medium::Android) => Medium::Android,
    }
}

fn describe(end: &CheckIn) -> String {
    let words = ending(end);
    if !words.starts_with("completed") {
        return words;
    }
    let method = end.method().as_str_name().trim_start_matches("METHOD_");
    format!("{words} by {}", method.to_ascii_lowercase())
}
