//! The parts of a visit, each called on its own: what a remote service does over the uplink later.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use madoguchi_core::RequestId;
use madoguchi_proto::auth::v1::auth_service_client::AuthServiceClient;
use madoguchi_proto::auth::v1::authentication::State;
use madoguchi_proto::auth::v1::pending_action::Action;
use madoguchi_proto::auth::v1::{
    Authentication, StartAuthenticationRequest, SubmitPinRequest, WatchAuthenticationRequest,
};
use madoguchi_proto::certificate::v1::certificate_check::Outcome;
use madoguchi_proto::certificate::v1::certificate_service_client::CertificateServiceClient;
use madoguchi_proto::certificate::v1::{CheckCertificateRequest, Medium, ReadCertificateRequest};
use madoguchi_proto::eligibility::v1::eligibility_answer::Validity;
use madoguchi_proto::eligibility::v1::eligibility_service_client::EligibilityServiceClient;
use madoguchi_proto::eligibility::v1::{CheckEligibilityRequest, CreateChallengeRequest};
use madoguchi_tests::{Clinic, Patient, Setup, ending, refused, run};

/// The chip of the card that lies on the reader signs the challenge.
async fn authenticate(clinic: &Clinic, challenge: Vec<u8>) -> Authentication {
    let mut client = AuthServiceClient::new(clinic.gateway.channel().await);
    let request = StartAuthenticationRequest {
        request_id: RequestId::generate().to_string(),
        counter_id: "1".to_owned(),
        medium: Medium::Card.into(),
        challenge,
        visit_timeout: None,
        language: String::new(),
    };
    let started = client
        .start_authentication(request)
        .await
        .unwrap()
        .into_inner()
        .authentication
        .unwrap();
    let watch = WatchAuthenticationRequest {
        authentication_id: started.authentication_id,
        after_sequence: 0,
    };
    let mut updates = client.watch_authentication(watch).await.unwrap().into_inner();
    let mut sequence = 0;
    let mut last = None;
    while let Some(update) = updates.message().await.unwrap() {
        let now = update.authentication.unwrap();
        assert!(now.sequence > sequence, "it rises");
        sequence = now.sequence;
        if let Some(pending) = &now.pending_action {
            assert!(matches!(pending.action, Some(Action::EnterPin(_))));
            let pin = SubmitPinRequest {
                authentication_id: now.authentication_id.clone(),
                action_id: pending.action_id.clone(),
                pin: "1234".to_owned(),
                confirm_last_try: false,
                typed_by_guardian: false,
                last_try_agreed_by: String::new(),
            };
            client.submit_pin(pin).await.unwrap();
        }
        last = Some(now);
    }
    last.unwrap()
}

#[test]
fn a_challenge_is_signed_at_the_counter_and_answered_once() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut eligibility = EligibilityServiceClient::new(clinic.gateway.channel().await);
        let challenge = eligibility
            .create_challenge(CreateChallengeRequest {})
            .await
            .unwrap()
            .into_inner();
        let done = authenticate(&clinic, challenge.challenge.clone()).await;
        assert_eq!(done.state(), State::Succeeded, "{:?}", done.failure);
        let proof = done.proof.clone().unwrap();
        let check = CheckEligibilityRequest {
            challenge_id: challenge.challenge_id,
            certificate: proof.certificate,
            intermediates: Vec::new(),
            signature: proof.signature,
            medium: Medium::Card.into(),
            ..CheckEligibilityRequest::default()
        };
        let answer = eligibility
            .check_eligibility(check.clone())
            .await
            .unwrap()
            .into_inner()
            .answer
            .unwrap();
        assert_eq!(answer.validity(), Validity::Valid);
        assert!(
            answer.medications.is_none() && answer.diagnoses.is_none(),
            "no receipt, no data"
        );
        let again = eligibility.check_eligibility(check.clone()).await.unwrap_err();
        assert_eq!(refused(&again).reason, "CHALLENGE_UNKNOWN", "good for one answer");
        let other = eligibility
            .create_challenge(CreateChallengeRequest {})
            .await
            .unwrap()
            .into_inner();
        let forged = CheckEligibilityRequest {
            challenge_id: other.challenge_id,
            ..check
        };
        let forged = eligibility.check_eligibility(forged).await.unwrap_err();
        assert_eq!(
            refused(&forged).reason,
            "SIGNATURE_INVALID",
            "signed over another challenge"
        );
        let report = card.report().unwrap();
        assert_eq!((report.verify_count(), done.apdu_count), (1, report.apdu_count));
    });
}

#[test]
fn a_receipt_opens_what_was_consented_and_only_for_its_own_certificate() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        let visit = clinic.visit(Medium::Card, &mut Patient::new(&card)).await;
        assert_eq!(ending(&visit), "completed full");
        let receipt_id = visit.consent_receipt.unwrap().receipt_id;
        clinic.take_off(&card).await;
        for (persona, expected) in [("adult", None), ("child", Some("CONSENT_RECEIPT_INVALID"))] {
            let card = clinic.card(persona);
            clinic.put_on(&card).await;
            let mut eligibility = EligibilityServiceClient::new(clinic.gateway.channel().await);
            let challenge = eligibility
                .create_challenge(CreateChallengeRequest {})
                .await
                .unwrap()
                .into_inner();
            let proof = authenticate(&clinic, challenge.challenge).await.proof.unwrap();
            let check = CheckEligibilityRequest {
                challenge_id: challenge.challenge_id,
                certificate: proof.certificate,
                intermediates: Vec::new(),
                signature: proof.signature,
                medium: Medium::Card.into(),
                receipt_id: receipt_id.clone(),
                ..CheckEligibilityRequest::default()
            };
            let answer = eligibility.check_eligibility(check).await;
            match expected {
                None => assert!(answer.unwrap().into_inner().answer.unwrap().medications.is_some()),
                Some(reason) => assert_eq!(refused(&answer.unwrap_err()).reason, reason),
            }
            clinic.take_off(&card).await;
        }
    });
}

#[test]
fn a_certificate_is_read_without_a_pin_and_checked() {
    run(async {
        let clinic = Setup::default().open().await;
        let card = clinic.card("expired-in-grace");
        clinic.put_on(&card).await;
        let mut certificates = CertificateServiceClient::new(clinic.gateway.channel().await);
        let read = ReadCertificateRequest {
            counter_id: "1".to_owned(),
            wait_timeout: None,
        };
        let read = certificates.read_certificate(read).await.unwrap().into_inner();
        assert_eq!(read.medium(), Medium::Card);
        assert_eq!(card.report().unwrap().verify_count(), 0);
        for (medium, expected) in [
            (Medium::Card, Outcome::EligibilityOnly),
            (Medium::Iphone, Outcome::Refused),
        ] {
            let check = CheckCertificateRequest {
                certificate: read.certificate.clone(),
                intermediates: Vec::new(),
                medium: medium.into(),
                check_time: None,
            };
            let check = certificates.check_certificate(check).await.unwrap().into_inner();
            assert_eq!(
                check.certificate_check.unwrap().outcome(),
                expected,
                "a phone has no grace"
            );
        }
        clinic.take_off(&card).await;

        // Nobody comes; then the counter is free.
        let wait_timeout = Some(prost_types::Duration { seconds: 1, nanos: 0 });
        let nobody = ReadCertificateRequest {
            counter_id: "1".to_owned(),
            wait_timeout,
        };
        let status = certificates.read_certificate(nobody).await.unwrap_err();
        assert_eq!(refused(&status).reason, "CARD_WAIT_TIMEOUT");
        clinic.next_visit_works().await;
    });
}
