//! At a kiosk stand patients: it sees the visits that it started, and nobody else's.

use std::time::Duration;

use madoguchi_proto::auth::v1 as auth;
use madoguchi_proto::auth::v1::auth_service_client::AuthServiceClient;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1 as pb;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::consent::v1 as consent;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::consent::v1::record_consent_request::Subject;
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentItem};
use madoguchi_twin::TwinReaders;
use tokio::time::sleep;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::patient::{card, on_paper, start, visit, yes_to_all};
use crate::tls::{EMR, KIOSK, Site, site, site_with_cards};

impl Site {
    async fn channel(&self, uri: &str) -> Channel {
        self.connect(Some(self.client(uri))).await.unwrap()
    }
}

fn start_authentication() -> auth::StartAuthenticationRequest {
    auth::StartAuthenticationRequest {
        request_id: "a".to_owned(),
        counter_id: "1".to_owned(),
        medium: Medium::Card.into(),
        challenge: vec![7; 32],
        ..Default::default()
    }
}

/// Whether a refusal names the visit that holds the counter.
fn names_the_visit(busy: &Status) -> bool {
    let info = busy.get_details_error_info().unwrap();
    assert_eq!(info.reason, "COUNTER_BUSY");
    info.metadata.contains_key("visit_id")
}

/// What every call about that check-in is answered with.
async fn about_check_in(channel: Channel, id: &str) -> Vec<Option<Code>> {
    let mut client = CheckInServiceClient::new(channel);
    let (check_in_id, action_id) = (id.to_owned(), "any".to_owned());
    let medium = pb::SubmitMediumRequest {
        check_in_id: check_in_id.clone(),
        action_id: action_id.clone(),
        medium: Medium::Card.into(),
    };
    let pin = pb::SubmitPinRequest {
        check_in_id: check_in_id.clone(),
        action_id: action_id.clone(),
        pin: "1234".to_owned(),
        confirm_last_try: false,
        typed_by_guardian: false,
        last_try_agreed_by: String::new(),
    };
    let consents = pb::SubmitConsentsRequest {
        check_in_id: check_in_id.clone(),
        action_id,
        decisions: vec![ConsentDecision {
            item: ConsentItem::Diagnosis.into(),
            granted: true,
            ..Default::default()
        }],
        wording_version: "2027-01".to_owned(),
    };
    let watch = pb::WatchCheckInRequest {
        check_in_id: check_in_id.clone(),
        after_sequence: 0,
    };
    let get = pb::GetCheckInRequest {
        check_in_id: check_in_id.clone(),
    };
    let code = |status: Status| status.code();
    vec![
        client.get_check_in(get).await.err().map(code),
        client.watch_check_in(watch).await.err().map(code),
        client.submit_medium(medium).await.err().map(code),
        client.submit_pin(pin).await.err().map(code),
        client.submit_consents(consents).await.err().map(code),
        client
            .cancel_check_in(pb::CancelCheckInRequest { check_in_id })
            .await
            .err()
            .map(code),
    ]
}

/// What every call about that authentication is answered with.
async fn about_authentication(channel: Channel, id: &str) -> Vec<Option<Code>> {
    let mut client = AuthServiceClient::new(channel);
    let (authentication_id, action_id) = (id.to_owned(), "any".to_owned());
    let medium = auth::SubmitMediumRequest {
        authentication_id: authentication_id.clone(),
        action_id: action_id.clone(),
        medium: Medium::Card.into(),
    };
    let pin = auth::SubmitPinRequest {
        authentication_id: authentication_id.clone(),
        action_id,
        pin: "1234".to_owned(),
        confirm_last_try: false,
        typed_by_guardian: false,
        last_try_agreed_by: String::new(),
    };
    let watch = auth::WatchAuthenticationRequest {
        authentication_id: authentication_id.clone(),
        after_sequence: 0,
    };
    let get = auth::GetAuthenticationRequest {
        authentication_id: authentication_id.clone(),
    };
    let code = |status: Status| status.code();
    vec![
        client.get_authentication(get).await.err().map(code),
        client.watch_authentication(watch).await.err().map(code),
        client.submit_medium(medium).await.err().map(code),
        client.submit_pin(pin).await.err().map(code),
        client
            .cancel_authentication(auth::CancelAuthenticationRequest { authentication_id })
            .await
            .err()
            .map(code),
    ]
}

/// Whoever may see a visit is told that its submissions answer nothing that is pending.
fn seen(submissions: usize) -> Vec<Option<Code>> {
    let mut codes = vec![None, None];
    codes.extend(vec![Some(Code::FailedPrecondition); submissions]);
    codes.push(None);
    codes
}

#[tokio::test]
async fn a_kiosk_sees_no_check_in_of_another_caller() {
    let site = site().await;
    let (emr, kiosk) = (site.channel(EMR).await, site.channel(KIOSK).await);
    let mut emrs = CheckInServiceClient::new(emr.clone());
    let mut kiosks = CheckInServiceClient::new(kiosk.clone());
    let theirs = emrs.start_check_in(start("e")).await.unwrap().into_inner();
    let theirs = theirs.check_in.unwrap().check_in_id;
    assert!(!names_the_visit(
        &kiosks.start_check_in(start("k")).await.unwrap_err()
    ));
    assert!(names_the_visit(
        &emrs.start_check_in(start("e2")).await.unwrap_err()
    ));
    assert_eq!(
        about_check_in(kiosk.clone(), &theirs).await,
        [Some(Code::NotFound); 6]
    );
    assert_eq!(about_check_in(emr.clone(), &theirs).await, seen(3));

    // Its own it sees, and so does who has to help there.
    let own = kiosks.start_check_in(start("k")).await.unwrap().into_inner();
    let own = own.check_in.unwrap().check_in_id;
    let get = pb::GetCheckInRequest {
        check_in_id: own.clone(),
    };
    assert!(emrs.get_check_in(get).await.is_ok());
    assert_eq!(about_check_in(kiosk, &own).await, seen(3));
}

#[tokio::test]
async fn a_kiosk_sees_no_authentication_of_another_caller() {
    let site = site().await;
    let (emr, kiosk) = (site.channel(EMR).await, site.channel(KIOSK).await);
    let mut emrs = AuthServiceClient::new(emr.clone());
    let mut kiosks = AuthServiceClient::new(kiosk.clone());
    let theirs = emrs.start_authentication(start_authentication()).await.unwrap();
    let theirs = theirs.into_inner().authentication.unwrap().authentication_id;
    let busy = kiosks
        .start_authentication(start_authentication())
        .await
        .unwrap_err();
    assert!(!names_the_visit(&busy));
    assert_eq!(
        about_authentication(kiosk.clone(), &theirs).await,
        [Some(Code::NotFound); 5]
    );
    assert_eq!(about_authentication(emr, &theirs).await, seen(2));

    let own = kiosks.start_authentication(start_authentication()).await.unwrap();
    let own = own.into_inner().authentication.unwrap().authentication_id;
    assert_eq!(about_authentication(kiosk, &own).await, seen(2));
}

/// What that caller reads of a receipt, and how many receipts of its visit.
async fn receipts(channel: &Channel, visit: &pb::CheckIn) -> (Option<Code>, usize) {
    let mut client = ConsentServiceClient::new(channel.clone());
    let get = consent::GetConsentReceiptRequest {
        receipt_id: visit.consent_receipt.as_ref().unwrap().receipt_id.clone(),
    };
    let list = consent::ListConsentReceiptsRequest {
        check_in_id: visit.check_in_id.clone(),
    };
    let got = client.get_consent_receipt(get).await.err();
    let listed = client.list_consent_receipts(list).await.unwrap().into_inner();
    (got.map(|status| status.code()), listed.receipts.len())
}

/// A whole visit that this caller leads.
async fn led(channel: &Channel, cards: &TwinReaders, request_id: &str) -> pb::CheckIn {
    let reader = cards.id(1).unwrap();
    cards.put(&reader, card("adult"));
    let end = visit(
        channel,
        request_id,
        |check_in_id, action_id, question| async move {
            let request = pb::SubmitConsentsRequest {
                check_in_id,
                action_id,
                decisions: yes_to_all(&question),
                wording_version: question.wording_version,
            };
            let mut client = CheckInServiceClient::new(channel.clone());
            client.submit_consents(request).await.unwrap();
        },
    )
    .await;
    drop(cards.take(&reader).unwrap());
    // The counter notices that the card is gone.
    sleep(Duration::from_millis(300)).await;
    end
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_reads_the_receipts_of_its_own_visits_only() {
    let cards = TwinReaders::new(1).unwrap();
    let site = site_with_cards(&cards).await;
    let (emr, kiosk) = (site.channel(EMR).await, site.channel(KIOSK).await);
    let theirs = led(&emr, &cards, "e").await;
    let own = led(&kiosk, &cards, "k").await;
    assert_eq!(receipts(&kiosk, &theirs).await, (Some(Code::NotFound), 0));
    assert_eq!(receipts(&kiosk, &own).await, (None, 1));
    assert_eq!(receipts(&emr, &theirs).await, (None, 1));
    assert_eq!(receipts(&emr, &own).await, (None, 1));

    // What belongs to no visit is none of its own.
    let question = consent::GetConsentQuestionRequest::default();
    let mut client = ConsentServiceClient::new(emr.clone());
    let question = client.get_consent_question(question).await.unwrap().into_inner();
    let on_paper = on_paper(
        "p",
        Subject::CardKey("ab".repeat(32)),
        &question.question.unwrap(),
    );
    let recorded = client.record_consent(on_paper).await.unwrap().into_inner();
    let get = consent::GetConsentReceiptRequest {
        receipt_id: recorded.receipt.unwrap().receipt_id,
    };
    assert!(client.get_consent_receipt(get.clone()).await.is_ok());
    let refused = ConsentServiceClient::new(kiosk).get_consent_receipt(get).await;
    let info = refused.unwrap_err().get_details_error_info().unwrap();
    assert_eq!(info.reason, "RECEIPT_NOT_FOUND");
}
