//! A hospital's front and a gateway at a counter that asks it about eligibility, over mutual TLS: whole visits, the front
//! away, and back again.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use madoguchi::config::{Backend, Config, Role};
use madoguchi_proto::audit::v1::ListAuditEventsRequest;
use madoguchi_proto::audit::v1::audit_service_client::AuditServiceClient;
use madoguchi_proto::certificate::v1 as certificate;
use madoguchi_proto::certificate::v1::certificate_service_client::CertificateServiceClient;
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::consent::v1::record_consent_request::Subject;
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::deferral_service_client::DeferralServiceClient;
use madoguchi_proto::eligibility::v1::eligibility_service_client::EligibilityServiceClient;
use madoguchi_proto::usage::v1::GetUsageReportRequest;
use madoguchi_proto::usage::v1::usage_service_client::UsageServiceClient;
use madoguchi_twin::TwinReaders;
use time::{Date, OffsetDateTime, UtcOffset};
use tokio::time::{sleep, timeout};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::patient::{card, on_paper, visit};
use crate::pki::{Papers, Pki};
use crate::support::Gateway;

const MEMBER: &str = "spiffe://hospital.example/counter-1";
const AUDITOR: &str = "spiffe://hospital.example/auditor";
/// Longer than anything here may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The front's side: its papers, its database, and the address at which it comes back.
pub(crate) struct House {
    pki: Pki,
    front: Papers,
    folder: tempfile::TempDir,
}

/// A counter of the house, and the front that its gateway asks.
pub(crate) struct Counter {
    pub(crate) front: Gateway,
    /// Where the front comes back.
    pub(crate) port: u16,
    pub(crate) cards: TwinReaders,
    pub(crate) channel: Channel,
    pub(crate) member: Gateway,
}

impl House {
    pub(crate) fn new() -> Self {
        let pki = Pki::new();
        let front = pki.issue("front", &["spiffe://hospital.example/front"]);
        Self {
            pki,
            front,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) async fn front(&self, port: u16) -> Gateway {
        Gateway::start_with(|config| {
            config.server.listen.set_port(port);
            config.store.path = self.folder.path().join("front.db");
            config.tls.certificate = Some(self.front.certificate.clone());
            config.tls.key = Some(self.front.key.clone());
            config.tls.client_ca = Some(self.pki.ca.clone());
            config.roles = [
                (MEMBER.to_owned(), vec![Role::Gateway]),
                (AUDITOR.to_owned(), vec![Role::Admin]),
            ]
            .into();
        })
        .await
    }

    fn ask_front(&self, config: &mut Config, papers: &Papers, front: &Gateway) {
        config.eligibility.backend = Backend::Remote;
        let remote = &mut config.eligibility.remote;
        remote.endpoint = Some(front.url.clone());
        (remote.ca, remote.certificate, remote.key) = (
            Some(self.pki.ca.clone()),
            Some(papers.certificate.clone()),
            Some(papers.key.clone()),
        );
        (remote.call_timeout_ms, remote.open_ms) = (3_000, 500);
        (
            config.deferral.min_retry_seconds,
            config.deferral.max_retry_seconds,
        ) = (1, 2);
    }

    async fn member(&self, cards: &TwinReaders, uri: &str, front: &Gateway) -> Gateway {
        let papers = self.pki.issue("member", &[uri]);
        Gateway::start_with_cards(cards, |config| self.ask_front(config, &papers, front)).await
    }

    /// A front and a counter that asks it.
    pub(crate) async fn counter(&self) -> Counter {
        let front = self.front(0).await;
        let cards = TwinReaders::new(1).unwrap();
        let member = self.member(&cards, MEMBER, &front).await;
        Counter {
            port: port(&front),
            channel: member.connect().await,
            front,
            cards,
            member,
        }
    }

    async fn at_front(&self, front: &Gateway, uri: &str) -> Channel {
        let papers = self.pki.issue("caller", &[uri]);
        let read = |path: &PathBuf| std::fs::read(path).unwrap();
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(read(&self.pki.ca)))
            .identity(Identity::from_pem(read(&papers.certificate), read(&papers.key)));
        let endpoint = Endpoint::new(front.url.clone()).unwrap().tls_config(tls);
        endpoint.unwrap().connect().await.unwrap()
    }
}

fn port(gateway: &Gateway) -> u16 {
    let (_, address) = gateway.url.split_once("//").unwrap();
    address.parse::<SocketAddr>().unwrap().port()
}

/// A patient comes, agrees to everything on paper, and leaves with the card.
pub(crate) async fn comes(channel: &Channel, cards: &TwinReaders, number: u32) -> CheckIn {
    let reader = cards.id(1).unwrap();
    cards.put(&reader, card("adult"));
    let client = ConsentServiceClient::new(channel.clone());
    let request_id = format!("visit-{number}");
    let led = visit(channel, &request_id, |id, _, question| {
        let mut client = client.clone();
        async move {
            let request = on_paper(&format!("paper-{number}"), Subject::CheckInId(id), &question);
            client.record_consent(request).await.unwrap();
        }
    });
    let end = timeout(LIMIT, led).await.unwrap();
    drop(cards.take(&reader).unwrap());
    // The counter notices that the card is gone.
    sleep(Duration::from_millis(300)).await;
    end
}

fn today() -> Date {
    OffsetDateTime::now_utc()
        .to_offset(UtcOffset::from_hms(9, 0, 0).unwrap())
        .date()
}

async fn checks_of_today(channel: Channel) -> u64 {
    let request = GetUsageReportRequest {
        from_day: today().to_string(),
        to_day: today().to_string(),
        ..Default::default()
    };
    let report = UsageServiceClient::new(channel).get_usage_report(request).await;
    report.unwrap().into_inner().total.unwrap().check_count
}

async fn status(channel: &Channel) -> pb::EligibilityStatus {
    let answer = EligibilityServiceClient::new(channel.clone())
        .get_eligibility_status(pb::GetEligibilityStatusRequest {})
        .await;
    answer.unwrap().into_inner().status.unwrap()
}

/// The check of that visit, which was put off.
pub(crate) async fn deferral(channel: &Channel, check_in_id: &str) -> pb::Deferral {
    let key = pb::get_deferral_request::Key::CheckInId(check_in_id.to_owned());
    let request = pb::GetDeferralRequest { key: Some(key) };
    let answer = DeferralServiceClient::new(channel.clone())
        .get_deferral(request)
        .await;
    answer.unwrap().into_inner().deferral.unwrap()
}

async fn report(channel: &Channel) -> pb::DeferralReport {
    let now = OffsetDateTime::now_utc();
    let moment = |at: OffsetDateTime| {
        Some(prost_types::Timestamp {
            seconds: at.unix_timestamp(),
            nanos: 0,
        })
    };
    let request = pb::GetDeferralReportRequest {
        from_time: moment(now - time::Duration::HOUR),
        to_time: moment(now + time::Duration::HOUR),
    };
    let answer = DeferralServiceClient::new(channel.clone())
        .get_deferral_report(request)
        .await;
    answer.unwrap().into_inner().report.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_are_checked_at_the_front_put_off_while_it_is_away_and_settled_when_it_is_back() {
    let house = House::new();
    let Counter {
        front,
        port,
        cards,
        channel,
        member: _member,
    } = house.counter().await;

    let checked = comes(&channel, &cards, 1).await;
    assert_eq!(checked.state(), State::Completed, "{:?}", checked.outcome);
    let answer = checked.eligibility_answer.unwrap();
    assert_eq!(answer.source(), pb::eligibility_answer::Source::Remote);
    assert!(answer.simulated, "the front has a stand-in");
    assert!(!answer.insurances.is_empty());
    assert!(answer.diagnoses.is_some(), "the receipt went along");
    assert!(checked.outage.is_none());

    // A result is given to nobody who is not there.
    assert_eq!(assigned(&channel, "typed-wrong").await, "CHECK_IN_NOT_FOUND");
    assert_eq!(assigned(&channel, &checked.check_in_id).await, "RESULT_NOT_FOUND");

    // Without a card, asked again after an answer that was lost: the check counts once, here and not at the front.
    for _ in 0..2 {
        assert!(by_number(&channel, "n1").await.unwrap().diagnoses.is_none());
    }
    assert_eq!(checks_of_today(channel.clone()).await, 2);
    let at_front = house.at_front(&front, AUDITOR).await;
    assert_eq!(checks_of_today(at_front).await, 0);

    // The front goes away: two patients more are received, by local verification.
    front.stop();
    front.ended().await;
    let mut put_off = Vec::new();
    for number in 2..=3 {
        let deferred = comes(&channel, &cards, number).await;
        assert_eq!(deferred.state(), State::Deferred, "visit {number}");
        let outage = deferred.outage.clone().unwrap();
        assert_eq!(outage.reason, "ELIGIBILITY_UNAVAILABLE");
        assert!(deferred.eligibility_answer.is_none());
        put_off.push(deferred.check_in_id);
    }
    assert_ne!(
        status(&channel).await.circuit(),
        pb::eligibility_status::Circuit::Closed
    );
    let open = report(&channel).await;
    assert!(open.holds);
    assert_eq!((open.open_count, open.answered_count), (2, 0));

    // It comes back, another process on the same port: both are settled, nothing is lost, nothing is asked twice.
    let _front = house.front(port).await;
    let settled = timeout(LIMIT, async {
        loop {
            let now = report(&channel).await;
            if now.open_count == 0 {
                return now;
            }
            sleep(Duration::from_millis(100)).await;
        }
    });
    let settled = settled.await.unwrap();
    assert!(settled.holds);
    assert_eq!((settled.answered_count, settled.deferrals.len()), (2, 2));
    for check_in_id in put_off {
        let one = deferral(&channel, &check_in_id).await;
        assert_eq!(one.state(), pb::deferral::State::Answered);
        assert!(one.answer.unwrap().diagnoses.is_some(), "as was consented to");
    }
    let next = comes(&channel, &cards, 4).await;
    assert_eq!(next.state(), State::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_hears_a_gateway_about_eligibility_and_nothing_else() {
    let house = House::new();
    let front = house.front(0).await;
    let cards = TwinReaders::new(1).unwrap();

    let as_gateway = house.at_front(&front, MEMBER).await;
    let challenge = EligibilityServiceClient::new(as_gateway.clone())
        .create_challenge(pb::CreateChallengeRequest {})
        .await;
    assert!(challenge.is_ok());
    let events = AuditServiceClient::new(as_gateway)
        .list_audit_events(ListAuditEventsRequest::default())
        .await;
    assert_eq!(events.unwrap_err().code(), Code::PermissionDenied);

    // One that the front does not know gets no answer: the patient is received all the same, and the check is put off.
    let unknown = house
        .member(&cards, "spiffe://hospital.example/nobody", &front)
        .await;
    let channel = unknown.connect().await;
    let end = comes(&channel, &cards, 1).await;
    assert_eq!(end.state(), State::Deferred, "{:?}", end.outcome);
    assert!(end.eligibility_answer.is_none());
    let status = status(&channel).await;
    assert_eq!(
        status.last_failure_reason, "UNAUTHENTICATED",
        "an operator sees why"
    );
}

/// Why a result that nobody has is not given to that visit.
async fn assigned(channel: &Channel, visit: &str) -> String {
    let request = pb::AssignResultRequest {
        result_id: "ab".repeat(32),
        check_in_id: visit.to_owned(),
        staff_id: "s1".to_owned(),
    };
    let mut client = EligibilityServiceClient::new(channel.clone());
    let refused = client.assign_result(request).await.unwrap_err();
    refused.get_details_error_info().unwrap().reason
}

async fn by_number(channel: &Channel, request_id: &str) -> Result<pb::EligibilityAnswer, Status> {
    let request = pb::CheckEligibilityByNumberRequest {
        request_id: request_id.to_owned(),
        query: Some(pb::NumberQuery {
            insurer_number: "06139999".to_owned(),
            number: "3456".to_owned(),
            birth_date: "1979-04-01".to_owned(),
            ..Default::default()
        }),
        counter_id: "1".to_owned(),
    };
    let answer = EligibilityServiceClient::new(channel.clone())
        .check_eligibility_by_number(request)
        .await?;
    Ok(answer.into_inner().answer.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_and_will_expire_is_listed_without_certificates_and_so_are_the_anchors() {
    let cards = TwinReaders::new(1).unwrap();
    let gateway = Gateway::start_with_cards(&cards, |_| {}).await;
    let channel = gateway.connect().await;
    let first = comes(&channel, &cards, 1).await;
    // The same card again: it is one certificate.
    comes(&channel, &cards, 2).await;
    let check = first.certificate_check.unwrap();
    let expiry = OffsetDateTime::from_unix_timestamp(check.not_after_time.unwrap().seconds)
        .unwrap()
        .to_offset(UtcOffset::from_hms(9, 0, 0).unwrap())
        .date();

    let mut client = CertificateServiceClient::new(channel);
    let request = |from: Date, to: Date| certificate::ListExpiringRequest {
        from_date: from.to_string(),
        to_date: to.to_string(),
        ..Default::default()
    };
    let listed = client
        .list_expiring(request(expiry, expiry))
        .await
        .unwrap()
        .into_inner();
    let [day] = listed.days.as_slice() else {
        panic!("{:?}", listed.days)
    };
    assert_eq!((day.date.clone(), day.certificate_count), (expiry.to_string(), 1));
    let [seen] = listed.certificates.as_slice() else {
        panic!("{:?}", listed.certificates)
    };
    assert_eq!(seen.card_key, check.card_key);
    assert_eq!(seen.last_seen_date, today().to_string());
    let before = expiry.previous_day().unwrap();
    let none = client
        .list_expiring(request(before, before))
        .await
        .unwrap()
        .into_inner();
    assert!(none.days.is_empty() && none.certificates.is_empty());
    let backwards = client.list_expiring(request(expiry, before)).await.unwrap_err();
    assert_eq!(backwards.code(), Code::InvalidArgument);

    let anchors = client
        .list_trust_anchors(certificate::ListTrustAnchorsRequest {})
        .await;
    let anchors = anchors.unwrap().into_inner().anchors;
    let [root] = anchors.as_slice() else {
        panic!("{anchors:?}")
    };
    assert_eq!(root.fingerprint.len(), 64);
    assert!(root.subject.contains("JPKI-TEST"), "{}", root.subject);
    assert!(root.days_left > 400 && !root.expires_soon);
}
