//! One visit at a counter, by a patient or by hand.

use std::time::Duration;

use madoguchi_core::screen::Answer;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_tests::{FaceClinic, FaceCounter, Visit, request};
use madoguchi_twin::device::{Act, PageKind, Panel, Patient, Stage, State, Visit as Seen};

/// Longer than anything takes here.
const SHOWN_WITHIN: Duration = Duration::from_secs(15);

/// A patient goes through a visit; what was shown is in that language, where one is wished.
pub(crate) async fn play(
    clinic: &FaceClinic,
    counter: &FaceCounter,
    patient: Patient,
    language: &str,
) -> (CheckIn, Seen) {
    let mut request = request(&counter.id, Medium::Unspecified);
    request.language = language.to_owned();
    let channel = clinic.gateway.channel().await;
    let patient = if patient.quirks.contains(&madoguchi_twin::device::Quirk::EarlyTap) {
        // It is there before the visit is.
        let coming = counter.comes(patient);
        tokio::time::sleep(Duration::from_millis(600)).await;
        coming
    } else {
        counter.comes(patient)
    };
    let mut visit = Visit::start_with(channel, request).await.unwrap();
    if !language.is_empty() {
        let shown = page(counter.stage(), PageKind::Consent, |_| true).await;
        assert_eq!(shown.panel.unwrap().language, language);
    }
    let end = visit.end().await;
    let seen = tokio::task::spawn_blocking(move || patient.join()).await.unwrap();
    (end, seen.expect("the patient went through it"))
}

/// Waits until that page is shown, as wished.
pub(crate) async fn page(
    stage: &Stage,
    kind: PageKind,
    wished: impl Fn(&Panel) -> bool + Send + 'static,
) -> State {
    let on_stage = stage.clone();
    let shown = tokio::task::spawn_blocking(move || {
        on_stage.wait_for(SHOWN_WITHIN, |state| {
            state.page() == Some(kind) && state.panel.as_ref().is_none_or(&wished)
        })
    });
    match shown.await.unwrap().unwrap() {
        Some(state) => state,
        None => panic!("{kind:?} was not shown after {:?}", stage.state().unwrap().pages),
    }
}

pub(crate) async fn press(stage: &Stage, answer: Answer) {
    let stage = stage.clone();
    tokio::task::spawn_blocking(move || stage.act(Act::press(answer)))
        .await
        .unwrap()
        .unwrap();
}
