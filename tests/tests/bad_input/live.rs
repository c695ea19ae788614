//! What is wrong only in the light of a visit that is under way.

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::pending_action::Action;
use madoguchi_proto::checkin::v1::{
    SubmitConsentsRequest, SubmitMediumRequest, SubmitPinRequest, WatchCheckInRequest,
};
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentQuestion};
use madoguchi_tests::{Setup, Visit, ending, refused, run};
use tonic::Code;

fn question(visit: &Visit) -> (String, ConsentQuestion) {
    let pending = visit.now.pending_action.clone().unwrap();
    match pending.action {
        Some(Action::DecideConsents(question)) => (pending.action_id, question),
        other => panic!("no consent is asked: {other:?}"),
    }
}

#[test]
fn an_answer_that_does_not_fit_the_question_is_refused_and_may_be_given_again() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        visit.until_state(State::WaitingForPin).await;
        let action_id = visit.now.pending_action.clone().unwrap().action_id;
        let check_in_id = visit.id();

        // Another action than the one that is pending.
        let medium = SubmitMediumRequest {
            check_in_id: check_in_id.clone(),
            action_id: action_id.clone(),
            medium: Medium::Card.into(),
        };
        let status = visit.client.submit_medium(medium).await.unwrap_err();
        assert_eq!(refused(&status).reason, "ACTION_NOT_PENDING");
        let pin = SubmitPinRequest {
            check_in_id: check_in_id.clone(),
            action_id: "another".to_owned(),
            pin: "1234".to_owned(),
            confirm_last_try: false,
            typed_by_guardian: false,
            last_try_agreed_by: String::new(),
        };
        let status = visit.client.submit_pin(pin).await.unwrap_err();
        assert_eq!(refused(&status).reason, "ACTION_NOT_PENDING");

        // A sequence that there never was.
        for after_sequence in [1_000_000, u64::MAX] {
            let watch = WatchCheckInRequest {
                check_in_id: check_in_id.clone(),
                after_sequence,
            };
            let status = visit.client.watch_check_in(watch).await.unwrap_err();
            assert_eq!(refused(&status).reason, "SEQUENCE_UNKNOWN");
        }

        visit.pin("1234", false).await.unwrap();
        visit.until_state(State::WaitingForConsent).await;
        let (action_id, asked) = question(&visit);
        let decision = |item: i32| ConsentDecision {
            item,
            granted: true,
            ..ConsentDecision::default()
        };
        let all: Vec<_> = asked.items.iter().map(|item| decision(item.item)).collect();
        for (decisions, wording_version, field) in [
            (all[..2].to_vec(), asked.wording_version.clone(), "decisions"),
            (all.clone(), "2019-01".to_owned(), "wording_version"),
        ] {
            let wrong = SubmitConsentsRequest {
                check_in_id: check_in_id.clone(),
                action_id: action_id.clone(),
                decisions,
                wording_version,
            };
            let status = visit.client.submit_consents(wrong).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
            assert_eq!(refused(&status).fields, [field]);
        }
        visit.consents(true).await.unwrap();
        assert_eq!(ending(&visit.end().await), "completed full");
    });
}
