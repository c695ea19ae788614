//! The end of a gateway, and what it says of itself while it lives.
#![cfg(unix)]

use std::time::{Duration, Instant};

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::{GetCheckInRequest, WatchCheckInRequest};
use madoguchi_proto::reader::v1::WatchReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_tests::{Setup, Visit, Watched, ending, refused, run};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

#[test]
fn a_gateway_that_is_asked_to_end_ends_in_order() {
    run(async {
        let mut clinic = Setup::default().open().await;
        let card = clinic.card("adult");
        clinic.put_on(&card).await;
        let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
        visit.until_state(State::WaitingForPin).await;
        let watch = WatchCheckInRequest {
            check_in_id: visit.id(),
            after_sequence: 0,
        };
        let mut other = clinic
            .gateway
            .check_ins()
            .await
            .watch_check_in(watch)
            .await
            .unwrap()
            .into_inner();
        let mut readers = ReaderServiceClient::new(clinic.gateway.channel().await);
        let mut readers = readers
            .watch_readers(WatchReadersRequest {})
            .await
            .unwrap()
            .into_inner();
        assert!(readers.message().await.unwrap().is_some());
        let driver = Watched::new(clinic.gateway.driver("pcsc").await.process_id);

        let began = Instant::now();
        clinic.gateway.process().terminate();
        assert_eq!(ending(&visit.end().await), "cancelled by shutdown");
        let mut last = None;
        while let Some(update) = other.message().await.unwrap() {
            last = update.check_in;
        }
        assert_eq!(
            ending(&last.unwrap()),
            "cancelled by shutdown",
            "every watcher is told"
        );
        // A list of readers has no last state: it is said why there are no more.
        let ended = loop {
            match readers.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the end of the readers has no reason"),
                Err(status) => break refused(&status).reason,
            }
        };
        assert_eq!(ended, "GATEWAY_SHUTTING_DOWN");
        let status = clinic.gateway.exit(Duration::from_secs(15)).await;
        assert_eq!(status.code(), Some(0));
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        driver.ends("the driver of a gateway that has ended").await;
        assert_eq!(card.report().unwrap().verify_count(), 0);

        // What was said at the end is what is found after it.
        clinic.restart_gateway().await;
        let get = GetCheckInRequest {
            check_in_id: visit.id(),
        };
        let found = clinic
            .gateway
            .check_ins()
            .await
            .get_check_in(get)
            .await
            .unwrap()
            .into_inner()
            .check_in;
        assert_eq!(ending(&found.unwrap()), "cancelled by shutdown");
        clinic.take_off(&card).await;
        clinic.next_visit_works().await;
    });
}

#[test]
fn health_is_served_for_the_whole_and_each_service_whatever_the_readers_do() {
    run(async {
        let mut clinic = Setup::default().open().await;
        let mut health = HealthClient::new(clinic.gateway.channel().await);
        // No PC/SC service at all: a missing reader is not ill health.
        clinic.pcscd.kill();
        clinic
            .gateway
            .readers_until("no usable reader", |readers| {
                readers.iter().all(|reader| !reader.reason.is_empty())
            })
            .await;
        for service in [
            "",
            "madoguchi.checkin.v1.CheckInService",
            "madoguchi.reader.v1.ReaderService",
        ] {
            let check = HealthCheckRequest {
                service: service.to_owned(),
            };
            let answer = health.check(check).await.unwrap().into_inner();
            assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
        }
        let unknown = HealthCheckRequest {
            service: "no.such.Service".to_owned(),
        };
        assert_eq!(health.check(unknown).await.unwrap_err().code(), Code::NotFound);

        // Who watches hears of the end before it comes.
        let all = HealthCheckRequest {
            service: String::new(),
        };
        let mut watch = health.watch(all).await.unwrap().into_inner();
        assert_eq!(
            watch.message().await.unwrap().unwrap().status(),
            ServingStatus::Serving
        );
        clinic.gateway.process().terminate();
        let told = watch.message().await;
        assert!(
            matches!(&told, Ok(Some(answer)) if answer.status() == ServingStatus::NotServing),
            "{told:?}"
        );
        assert!(
            watch.message().await.unwrap().is_none(),
            "and then the stream ends, or the gateway could not"
        );
        assert_eq!(clinic.gateway.exit(Duration::from_secs(5)).await.code(), Some(0));
    });
}

#[test]
fn reflection_lists_the_services_and_not_the_internal_one() {
    run(async {
        let clinic = Setup::default().open().await;
        let mut reflection = ServerReflectionClient::new(clinic.gateway.channel().await);
        let list = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut answers = reflection
            .server_reflection_info(tokio_stream::once(list))
            .await
            .unwrap()
            .into_inner();
        let Some(MessageResponse::ListServicesResponse(listed)) =
            answers.message().await.unwrap().unwrap().message_response
        else {
            panic!("no list of services")
        };
        let names: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
        for service in [
            "madoguchi.admin.v1.DriverAdminService",
            "madoguchi.auth.v1.AuthService",
            "madoguchi.certificate.v1.CertificateService",
            "madoguchi.checkin.v1.CheckInService",
            "madoguchi.consent.v1.ConsentService",
            "madoguchi.eligibility.v1.EligibilityService",
            "madoguchi.reader.v1.ReaderService",
            "grpc.health.v1.Health",
        ] {
            assert!(
                names.iter().any(|name| name == service),
                "{service} among {names:?}"
            );
        }
        assert!(names.iter().all(|name| !name.contains("driverhost")), "{names:?}");
    });
}
