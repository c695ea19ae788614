//! Visits that a remote service leads over an uplink, whose line is cut while the patient types.

use std::sync::Arc;
use std::time::Duration;

use madoguchi::uplink::door::{Door, Line};
use madoguchi_core::reader::Readers as _;
use madoguchi_proto::auth::v1 as pb;
use madoguchi_proto::auth::v1::auth_service_client::AuthServiceClient;
use madoguchi_proto::auth::v1::authentication::State;
use madoguchi_proto::certificate::v1::certificate_check::Outcome;
use madoguchi_proto::certificate::v1::certificate_service_client::CertificateServiceClient;
use madoguchi_proto::certificate::v1::{CheckCertificateRequest, Medium};
use madoguchi_proto::consent::v1::GetConsentQuestionRequest;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_twin::{MemorySession, Persona, TestCa, TwinReaders, VirtualCard};
use time::OffsetDateTime;
use tokio::time::timeout;
use tonic::transport::Channel;

use super::stage::{LIMIT, Stage, next};
use crate::support::{FakeReaders, Gateway};

/// A watched authentication, from the far side.
struct Watched {
    client: AuthServiceClient<Channel>,
    changes: tonic::Streaming<pb::WatchAuthenticationResponse>,
    now: pb::Authentication,
}

impl Watched {
    async fn resume(line: &Line, now: pb::Authentication) -> Self {
        let mut client = AuthServiceClient::new(line.channel.clone());
        let request = pb::WatchAuthenticationRequest {
            authentication_id: now.authentication_id.clone(),
            after_sequence: now.sequence,
        };
        let changes = client.watch_authentication(request).await.unwrap().into_inner();
        Self { client, changes, now }
    }

    /// Until it is as wished; each change comes once and in order.
    async fn until(&mut self, wish: impl Fn(&pb::Authentication) -> bool) {
        while !wish(&self.now) {
            let change = timeout(LIMIT, self.changes.message()).await.unwrap().unwrap();
            let change = change.expect("the stream goes on").authentication.unwrap();
            assert!(change.sequence > self.now.sequence, "nothing comes twice");
            self.now = change;
        }
    }
}

fn asks_for_pin(authentication: &pb::Authentication) -> bool {
    authentication.state() == State::WaitingForPin && authentication.pending_action.is_some()
}

async fn visit(number: u32, door: &mut Door, line: Line) -> Line {
    let challenge = [u8::try_from(number).unwrap(); 32];
    let request = pb::StartAuthenticationRequest {
        request_id: format!("visit-{number}"),
        counter_id: "1".to_owned(),
        medium: Medium::Card.into(),
        challenge: challenge.to_vec(),
        ..pb::StartAuthenticationRequest::default()
    };
    let started = AuthServiceClient::new(line.channel.clone())
        .start_authentication(request.clone())
        .await
        .unwrap()
        .into_inner()
        .authentication
        .unwrap();
    let first = pb::Authentication {
        sequence: 0,
        ..started
    };
    let mut watched = Watched::resume(&line, first).await;
    watched.until(asks_for_pin).await;

    // The line is cut with the stream open; the gateway dials again.
    let seen = watched.now.clone();
    drop((watched, line));
    let line = next(door).await;
    let mut client = AuthServiceClient::new(line.channel.clone());
    let answer = client
        .submit_pin(pb::SubmitPinRequest {
            authentication_id: seen.authentication_id.clone(),
            action_id: seen.pending_action.clone().unwrap().action_id,
            pin: "1234".to_owned(),
            ..pb::SubmitPinRequest::default()
        })
        .await
        .unwrap();
    assert!(answer.get_ref().authentication.is_some());
    let mut watched = Watched::resume(&line, seen).await;
    watched
        .until(|now| {
            !matches!(
                now.state(),
                State::WaitingForPin | State::WaitingForCard | State::ReadingCard | State::Signing
            )
        })
        .await;
    assert_eq!(watched.now.state(), State::Succeeded, "{:?}", watched.now.failure);
    let check = watched.now.certificate_check.as_ref().unwrap();
    assert_eq!(check.outcome(), Outcome::Full);
    // The same request is the same visit, over whichever line.
    let again = watched
        .client
        .start_authentication(request)
        .await
        .unwrap()
        .into_inner()
        .authentication
        .unwrap();
    assert_eq!(again.authentication_id, watched.now.authentication_id);
    line
}

#[tokio::test]
async fn three_visits_whose_line_is_cut_go_on_over_the_next_line() {
    let stage = Stage::new();
    let mut door = stage.door().await;
    let uplinks = vec![stage.uplink("far", door.local_addr())];
    let readers = TwinReaders::new(1).unwrap();
    let reader = readers.snapshot().readers[0].id.clone();
    let (ca, now) = (TestCa::new().unwrap(), OffsetDateTime::now_utc());
    let persona = Persona::by_name("adult").unwrap().unwrap();
    let card = VirtualCard::new(&persona, &ca, now).unwrap();
    let gateway = Gateway::start_over(FakeReaders::new(), Arc::new(readers.clone()), |config| {
        config.uplinks = uplinks;
        config.roles = stage.roles();
    })
    .await;
    let mut line = next(&mut door).await;
    for number in 1..=3 {
        readers.put(&reader, MemorySession::new(card.clone()));
        line = visit(number, &mut door, line).await;
        let lifting = async {
            while readers.take(&reader).is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LIMIT, lifting).await.unwrap();
    }

    let certificate = persona.certificate(&ca, now).unwrap();
    let checked = CertificateServiceClient::new(line.channel.clone())
        .check_certificate(CheckCertificateRequest {
            certificate: certificate.as_bytes().to_vec(),
            medium: Medium::Card.into(),
            ..CheckCertificateRequest::default()
        })
        .await
        .unwrap();
    let check = checked.into_inner().certificate_check.unwrap();
    assert_eq!(check.outcome(), Outcome::Full);
    let question = ConsentServiceClient::new(line.channel)
        .get_consent_question(GetConsentQuestionRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert!(question.question.is_some());
    gateway.stop();
    gateway.ended().await;
}
