//! Health, reflection, refusals and the end of a gateway.

use std::time::Duration;

use madoguchi_proto::auth::v1::StartAuthenticationRequest;
use madoguchi_proto::auth::v1::auth_service_client::AuthServiceClient;
use madoguchi_proto::certificate::v1::certificate_check::{Outcome, Revocation};
use madoguchi_proto::certificate::v1::certificate_service_client::CertificateServiceClient;
use madoguchi_proto::certificate::v1::{CheckCertificateRequest, Medium};
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::checkin::v1::{
    CancelCheckInRequest, StartCheckInRequest, StartCheckInResponse, SubmitPinRequest, WatchCheckInRequest,
    check_in,
};
use madoguchi_proto::consent::v1::GetConsentQuestionRequest;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::eligibility::v1::eligibility_service_client::EligibilityServiceClient;
use madoguchi_proto::eligibility::v1::{CheckEligibilityRequest, CreateChallengeRequest};
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{GetReaderRequest, WatchReadersRequest};
use madoguchi_twin::{Persona, TestCa};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_types::StatusExt as _;

use crate::support::Gateway;

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[tokio::test]
async fn it_says_that_it_serves_and_what() {
    let gateway = Gateway::start().await;
    let channel = gateway.connect().await;
    let mut health = HealthClient::new(channel.clone());
    for service in ["", "madoguchi.checkin.v1.CheckInService"] {
        let answer = health
            .check(HealthCheckRequest {
                service: service.to_owned(),
            })
            .await
            .unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    }
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let mut answers = reflection
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers
        .message()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    let MessageResponse::ListServicesResponse(services) = answer else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = services.service.into_iter().map(|service| service.name).collect();
    for name in [
        "madoguchi.checkin.v1.CheckInService",
        "madoguchi.admin.v1.DriverAdminService",
        "grpc.health.v1.Health",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is not in {names:?}"
        );
    }
    gateway.stop();
    gateway.ended().await;
}

#[tokio::test]
async fn wrong_fields_arrive_as_field_violations() {
    let gateway = Gateway::start().await;
    let channel = gateway.connect().await;
    let fields = |status: Status| {
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "INVALID_ARGUMENT")
        );
        let violations = status.get_details_bad_request().unwrap().field_violations;
        violations
            .into_iter()
            .map(|violation| violation.field)
            .collect::<Vec<_>>()
    };
    let mut check_ins = CheckInServiceClient::new(channel.clone());
    let status = check_ins
        .start_check_in(StartCheckInRequest::default())
        .await
        .unwrap_err();
    assert_eq!(fields(status), ["request_id", "counter_id"]);
    let status = check_ins
        .watch_check_in(WatchCheckInRequest::default())
        .await
        .unwrap_err();
    assert_eq!(fields(status), ["check_in_id"]);
    let mut auth = AuthServiceClient::new(channel.clone());
    let status = auth
        .start_authentication(StartAuthenticationRequest::default())
        .await
        .unwrap_err();
    assert_eq!(fields(status), ["request_id", "counter_id", "challenge"]);
    let mut eligibility = EligibilityServiceClient::new(channel.clone());
    let status = eligibility
        .check_eligibility(CheckEligibilityRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        fields(status),
        ["challenge_id", "certificate", "signature", "medium"]
    );

    let mut readers = ReaderServiceClient::new(channel);
    let unknown = GetReaderRequest {
        reader_id: "fake:9".to_owned(),
    };
    let status = readers.get_reader(unknown).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "READER_NOT_FOUND")
    );
    let known = GetReaderRequest {
        reader_id: "fake:1".to_owned(),
    };
    assert_eq!(
        readers
            .get_reader(known)
            .await
            .unwrap()
            .into_inner()
            .reader
            .unwrap()
            .driver_id,
        "fake"
    );
}

#[tokio::test]
async fn what_cannot_be_decoded_is_the_callers_to_mend() {
    let gateway = Gateway::start().await;
    let channel = gateway.connect().await;
    let refused = |status: Status| {
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "INVALID_ARGUMENT")
        );
        assert_eq!(
            status.get_details_bad_request().unwrap().field_violations[0].field,
            "request"
        );
    };
    let large = CheckCertificateRequest {
        certificate: vec![0; 300_000],
        ..Default::default()
    };
    refused(
        CertificateServiceClient::new(channel.clone())
            .check_certificate(large)
            .await
            .unwrap_err(),
    );
    // A text where the other message has a number.
    let mut raw = tonic::client::Grpc::new(channel);
    raw.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<SubmitPinRequest, StartCheckInResponse>::default();
    let path = "/madoguchi.checkin.v1.CheckInService/StartCheckIn"
        .parse()
        .unwrap();
    let other = SubmitPinRequest {
        pin: "9731".to_owned(),
        ..Default::default()
    };
    let status = raw
        .unary(tonic::Request::new(other), path, codec)
        .await
        .unwrap_err();
    assert!(!format!("{status:?}").contains("9731"));
    refused(status);
}

#[tokio::test]
async fn certificates_wording_and_challenges_are_served() {
    let gateway = Gateway::start().await;
    let channel = gateway.connect().await;
    let ca = TestCa::new().unwrap();
    let adult = Persona::by_name("adult").unwrap().unwrap();
    let certificate = adult.certificate(&ca, time::OffsetDateTime::now_utc()).unwrap();
    let mut certificates = CertificateServiceClient::new(channel.clone());
    let request = CheckCertificateRequest {
        certificate: certificate.as_bytes().to_vec(),
        medium: Medium::Card.into(),
        ..Default::default()
    };
    let check = certificates
        .check_certificate(request)
        .await
        .unwrap()
        .into_inner()
        .certificate_check
        .unwrap();
    assert_eq!(
        (check.outcome(), check.revocation()),
        (Outcome::Full, Revocation::NotChecked)
    );
    let garbage = CheckCertificateRequest {
        certificate: vec![1, 2, 3],
        medium: Medium::Card.into(),
        ..Default::default()
    };
    let check = certificates
        .check_certificate(garbage)
        .await
        .unwrap()
        .into_inner()
        .certificate_check
        .unwrap();
    assert_eq!(
        (check.outcome(), check.reason.as_str()),
        (Outcome::Refused, "CERTIFICATE_MALFORMED")
    );

    let mut consents = ConsentServiceClient::new(channel.clone());
    let request = GetConsentQuestionRequest {
        language: "en".to_owned(),
    };
    let question = consents
        .get_consent_question(request)
        .await
        .unwrap()
        .into_inner()
        .question
        .unwrap();
    assert_eq!((question.language.as_str(), question.items.len()), ("en", 4));
    let mut eligibility = EligibilityServiceClient::new(channel);
    let challenge = eligibility
        .create_challenge(CreateChallengeRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(challenge.challenge.len(), 32);
}

#[tokio::test]
async fn a_start_whose_caller_hangs_up_is_found_by_its_request_id() {
    let gateway = Gateway::start_with(|config| config.check_in.reader_grace_seconds = 60).await;
    let channel = gateway.connect().await;
    let mut check_ins = CheckInServiceClient::new(channel.clone());
    // The line is cut at all sorts of moments, while the visit is being kept and after it.
    for n in 0_u64..40 {
        let request = StartCheckInRequest {
            request_id: format!("r{n}"),
            counter_id: "1".to_owned(),
            ..Default::default()
        };
        let mut hasty = check_ins.clone();
        let first = hasty.start_check_in(request.clone());
        drop(tokio::time::timeout(Duration::from_micros(100 * n), first).await);
        let again = async {
            loop {
                match check_ins.start_check_in(request.clone()).await {
                    Ok(found) => break found.into_inner().check_in.unwrap(),
                    // The first one has the counter and is not kept yet.
                    Err(status) => assert_eq!(reason(&status), "COUNTER_BUSY"),
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), again)
            .await
            .unwrap();
        assert_eq!(found.outcome, None, "{n}");
        let cancel = CancelCheckInRequest {
            check_in_id: found.check_in_id,
        };
        check_ins.cancel_check_in(cancel).await.unwrap();
    }
    gateway.stop();
    gateway.ended().await;
}

#[tokio::test]
async fn a_shutdown_ends_visits_and_watch_streams_and_then_the_gateway() {
    let gateway = Gateway::start_with(|config| config.check_in.reader_grace_seconds = 60).await;
    let channel = gateway.connect().await;
    let mut readers = ReaderServiceClient::new(channel.clone());
    let mut watched = readers
        .watch_readers(WatchReadersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(watched.message().await.unwrap().is_some());
    let mut check_ins = CheckInServiceClient::new(channel);
    let request = StartCheckInRequest {
        request_id: "r".to_owned(),
        counter_id: "1".to_owned(),
        ..Default::default()
    };
    let started = check_ins
        .start_check_in(request)
        .await
        .unwrap()
        .into_inner()
        .check_in
        .unwrap();
    let watch = WatchCheckInRequest {
        check_in_id: started.check_in_id,
        after_sequence: 0,
    };
    let mut visit = check_ins.watch_check_in(watch).await.unwrap().into_inner();

    gateway.stop();
    let mut last = None;
    while let Some(message) = visit.message().await.unwrap() {
        last = message.check_in;
    }
    assert_eq!(last.unwrap().state(), check_in::State::Cancelled);
    let end = loop {
        match watched.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended without a reason"),
            Err(status) => break status,
        }
    };
    assert_eq!(
        (end.code(), reason(&end).as_str()),
        (Code::Unavailable, "GATEWAY_SHUTTING_DOWN")
    );
    gateway.ended().await;
}
