//! A day at counters with face readers of every maker, all at once.

use madoguchi_core::Method;
use madoguchi_core::screen::FaceOutcome;
use madoguchi_proto::auth::v1::VisualCause;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{
    CheckIn, SubmitMethodRequest, SubmitRegistrationRequest, SubmitVisualCheckRequest,
};
use madoguchi_tests::{FaceClinic, FaceCounter, Visit, ending, request};
use madoguchi_twin::device::{FaceScript, PageKind, Patient, Quirk};

use crate::heard::Heard;
use crate::planted::{People, SHORT_WRONG};

/// What staff at the console call themselves, and what they call themselves by mistake: the patient.
const STAFF: &str = "staff-7";

/// Everybody, at each reader. Returns what was heard and how the visits ended.
pub(crate) async fn everybody(clinic: &FaceClinic, people: &People) -> (Vec<Heard>, Vec<String>) {
    let counters = clinic.counters.iter().map(|counter| at(clinic, counter, people));
    let done = futures_util::future::join_all(counters).await;
    let (heard, ends): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    (heard, ends.into_iter().flatten().collect())
}

async fn at(clinic: &FaceClinic, counter: &FaceCounter, people: &People) -> (Heard, Vec<String>) {
    let patient = |name: &str| people.get(name).patient();
    let pin = people.get("adult").pin.as_str();
    let nobody = FaceScript::always(FaceOutcome::NoMatch);
    let visits = [
        patient("adult"),
        patient("adult").by(Method::Pin).typing([SHORT_WRONG, pin]),
        patient("adult").looking(nobody.clone()),
        patient("no-pin").looking(nobody),
        patient("child").by(Method::StaffVisual),
        patient("unregistered"),
        patient("iphone").with(Quirk::EarlyTap),
        patient("android").with(Quirk::EarlyTap),
        patient("adult")
            .with(Quirk::Quits { at: PageKind::Pin })
            .by(Method::Pin),
    ];
    let (mut heard, mut ends) = (Heard::default(), Vec::new());
    for mut patient in visits {
        patient.staff_says = Some(true);
        patient.pace_ms = 60;
        let end = visit(clinic, counter, patient, people, &mut heard).await;
        ends.push(format!("{}: {end}", counter.stand.maker));
    }
    (heard, ends)
}

async fn visit(
    clinic: &FaceClinic,
    counter: &FaceCounter,
    patient: Patient,
    people: &People,
    heard: &mut Heard,
) -> String {
    let pin = people.get("adult").pin.clone();
    let mut request = request(&counter.id, Medium::Unspecified);
    // Who waits in vain for a page that this maker does not show is not waited for.
    request.visit_timeout = Some(prost_types::Duration {
        seconds: 12,
        nanos: 0,
    });
    let mut visit = Visit::start_with(clinic.gateway.channel().await, request)
        .await
        .unwrap();
    let patient = counter.comes(patient);
    let mut answered = String::new();
    let mut end = String::new();
    heard.check_in(&visit.now);
    while let Some(now) = visit.next().await {
        heard.check_in(&now);
        if now.outcome.is_some() {
            end = ending(&now);
        }
        if let Some(pending) = &now.pending_action
            && std::mem::replace(&mut answered, pending.action_id.clone()) != pending.action_id
        {
            staff(&mut visit, &now, people, &pin, heard).await;
        }
    }
    let seen = tokio::task::spawn_blocking(move || patient.join()).await.unwrap();
    let _pages = seen.expect("the patient went through it");
    end
}

/// Staff at the console say what the reader cannot ask; first with the patient's name for their own.
async fn staff(visit: &mut Visit, now: &CheckIn, people: &People, pin: &str, heard: &mut Heard) {
    let Some(pending) = now.pending_action.clone() else {
        return;
    };
    let (check_in_id, action_id) = (now.check_in_id.clone(), pending.action_id);
    let name = &people.get("adult").persona.record().insurances[0].name;
    let said = match pending.action {
        Some(Action::ChooseMethod(choice)) if choice.options.len() == 1 => {
            let method = choice.options[0];
            visit
                .client
                .submit_method(SubmitMethodRequest {
                    check_in_id,
                    action_id,
                    method,
                })
                .await
                .map(drop)
        }
        Some(Action::CheckVisually(prompt)) if !prompt.on_reader => {
            let mut seen = SubmitVisualCheckRequest {
                check_in_id,
                action_id,
                confirmed: true,
                staff_id: name.clone(),
                cause: VisualCause::FaceAndPin.into(),
            };
            let refused = visit.client.submit_visual_check(seen.clone()).await;
            heard.refusal(&refused.expect_err("a name is no staff id"));
            seen.staff_id = STAFF.to_owned();
            visit.client.submit_visual_check(seen).await.map(drop)
        }
        // The reader asks: what the console says too is late, and refused or not.
        Some(Action::EnterPin(_)) if !asks_itself(now) => visit.pin(pin, true).await.map(drop),
        Some(Action::DecideConsents(_)) if !asks_itself(now) => visit.consents(true).await.map(drop),
        Some(Action::DecideRegistration(_)) if !asks_itself(now) => {
            let said = SubmitRegistrationRequest {
                check_in_id,
                action_id,
                register: true,
            };
            visit.client.submit_registration(said).await.map(drop)
        }
        _ => Ok(()),
    };
    if let Err(status) = said {
        heard.refusal(&status);
    }
}

/// Whether the reader has a screen and a PIN pad of its own: all but the one whose program leads visits, and the one
/// for phones beside it.
fn asks_itself(now: &CheckIn) -> bool {
    !now.reader_id.starts_with("pcsc:") && !now.reader_id.starts_with("atlas:")
}
