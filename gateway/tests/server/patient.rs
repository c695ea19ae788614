//! A patient with a card, and the EMR that leads the visit.

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1 as check_in;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::consent::v1 as pb;
use madoguchi_proto::consent::v1::record_consent_request::Subject;
use madoguchi_twin::{MemorySession, Persona, TestCa, VirtualCard};
use time::OffsetDateTime;
use tonic::transport::Channel;

pub(crate) fn card(persona: &str) -> MemorySession {
    let persona = Persona::by_name(persona).unwrap().unwrap();
    MemorySession::new(
        VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap(),
    )
}

/// A visit of a card at the first counter.
pub(crate) fn start(request_id: &str) -> check_in::StartCheckInRequest {
    check_in::StartCheckInRequest {
        request_id: request_id.to_owned(),
        counter_id: "1".to_owned(),
        medium: Medium::Card.into(),
        ..Default::default()
    }
}

/// Leads a visit of a card; whoever is asked for consent answers so: in which visit, to which action, what.
pub(crate) async fn visit<F>(
    channel: &Channel,
    request_id: &str,
    answer: impl Fn(String, String, pb::ConsentQuestion) -> F,
) -> check_in::CheckIn
where
    F: Future<Output = ()>,
{
    let mut client = CheckInServiceClient::new(channel.clone());
    let started = client
        .start_check_in(start(request_id))
        .await
        .unwrap()
        .into_inner();
    let check_in_id = started.check_in.unwrap().check_in_id;
    let watch = check_in::WatchCheckInRequest {
        check_in_id: check_in_id.clone(),
        ..Default::default()
    };
    let mut seen = client.watch_check_in(watch).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = seen.message().await.unwrap() {
        let now = message.check_in.unwrap();
        let pending = now.pending_action.clone();
        last = Some(now);
        let Some(pending) = pending else { continue };
        match pending.action.unwrap() {
            Action::EnterPin(_) => {
                let pin = check_in::SubmitPinRequest {
                    check_in_id: check_in_id.clone(),
                    action_id: pending.action_id,
                    pin: "1234".to_owned(),
                    ..Default::default()
                };
                client.submit_pin(pin).await.unwrap();
            }
            Action::DecideConsents(question) => {
                answer(check_in_id.clone(), pending.action_id, question).await;
            }
            other => panic!("{other:?}"),
        }
    }
    last.unwrap()
}

pub(crate) fn yes_to_all(question: &pb::ConsentQuestion) -> Vec<pb::ConsentDecision> {
    let decide = |asked: &pb::ConsentQuestionItem| pb::ConsentDecision {
        item: asked.item,
        granted: true,
        item_id: asked.item_id.clone(),
        ..Default::default()
    };
    question.items.iter().map(decide).collect()
}

/// What staff record of a patient who lies in bed.
pub(crate) fn on_paper(
    request_id: &str,
    subject: Subject,
    question: &pb::ConsentQuestion,
) -> pb::RecordConsentRequest {
    pb::RecordConsentRequest {
        request_id: request_id.to_owned(),
        subject: Some(subject),
        decisions: yes_to_all(question),
        wording_version: question.wording_version.clone(),
        language: question.language.clone(),
        attestation: Some(pb::Attestation {
            form: pb::AttestedForm::Paper.into(),
            staff_id: "nurse-7".to_owned(),
            cause: pb::AttestedCause::InBed.into(),
            document_reference: "2026-118".to_owned(),
        }),
    }
}
