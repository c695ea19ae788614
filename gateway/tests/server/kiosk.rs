//! At a kiosk stand patients: it sees the visits that it started, and nobody else's.

use madoguchi_proto::auth::v1 as auth;
use madoguchi_proto::auth::v1::auth_service_client::AuthServiceClient;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1 as pb;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentItem};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::tls::{EMR, KIOSK, Site, site};

impl Site {
    async fn channel(&self, uri: &str) -> Channel {
        self.connect(Some(self.client(uri))).await.unwrap()
    }
}

fn start(request_id: &str) -> pb::StartCheckInRequest {
    pb::StartCheckInRequest {
        request_id: request_id.to_owned(),
        counter_id: "1".to_owned(),
        // The visit waits for a card until it is cancelled.
        medium: Medium::Card.into(),
        ..Default::default()
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
