//! Consent that was taken back shows nothing more, however the answer that was kept is asked for.

use std::time::Duration;

use madoguchi_proto::checkin::v1 as check_in;
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::checkin::v1::check_in_service_client::CheckInServiceClient;
use madoguchi_proto::consent::v1 as consent;
use madoguchi_proto::consent::v1::consent_service_client::ConsentServiceClient;
use madoguchi_proto::eligibility::v1 as eligibility;
use tokio::time::{sleep, timeout};
use tonic::transport::Channel;

use crate::front::{Counter, House, LIMIT, comes, deferral};
use crate::patient::start;

/// Each way to ask for a visit that ended.
async fn told(channel: &Channel, visit: &CheckIn, request_id: &str) -> [CheckIn; 3] {
    let mut client = CheckInServiceClient::new(channel.clone());
    let get = check_in::GetCheckInRequest {
        check_in_id: visit.check_in_id.clone(),
    };
    let got = client.get_check_in(get).await.unwrap().into_inner();
    let started = client
        .start_check_in(start(request_id))
        .await
        .unwrap()
        .into_inner();
    let watch = check_in::WatchCheckInRequest {
        check_in_id: visit.check_in_id.clone(),
        after_sequence: 0,
    };
    let mut watched = client.watch_check_in(watch).await.unwrap().into_inner();
    let last = watched.message().await.unwrap().unwrap();
    let all = [got.check_in, started.check_in, last.check_in].map(Option::unwrap);
    assert!(all.iter().all(|one| one.check_in_id == visit.check_in_id));
    all
}

async fn withdraw(channel: &Channel, visit: &CheckIn) {
    let request = consent::WithdrawConsentRequest {
        receipt_id: visit.consent_receipt.as_ref().unwrap().receipt_id.clone(),
        reason: consent::WithdrawalReason::Patient.into(),
        staff_id: String::new(),
    };
    let taken = ConsentServiceClient::new(channel.clone())
        .withdraw_consent(request)
        .await;
    assert!(taken.is_ok());
}

fn has_medical_data(answer: &eligibility::EligibilityAnswer) -> bool {
    answer.diagnoses.is_some()
        || answer.medications.is_some()
        || answer.surgeries.is_some()
        || answer.health_checkups.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_is_in_no_answer_any_more() {
    let house = House::new();
    let Counter {
        front,
        port,
        cards,
        channel,
        member: _member,
    } = house.counter().await;
    let answered = comes(&channel, &cards, 1).await;
    assert_eq!(answered.state(), State::Completed, "{:?}", answered.outcome);
    front.stop();
    front.ended().await;
    let put_off = comes(&channel, &cards, 2).await;
    assert_eq!(put_off.state(), State::Deferred, "{:?}", put_off.outcome);
    let _front = house.front(port).await;
    let settled = timeout(LIMIT, async {
        while deferral(&channel, &put_off.check_in_id).await.answer.is_none() {
            sleep(Duration::from_millis(100)).await;
        }
    });
    settled.await.unwrap();

    for one in told(&channel, &answered, "visit-1").await {
        assert!(has_medical_data(&one.eligibility_answer.unwrap()));
        assert_eq!(one.consent_receipt.unwrap().effective_items.len(), 4);
    }
    assert!(has_medical_data(
        &deferral(&channel, &put_off.check_in_id).await.answer.unwrap()
    ));

    withdraw(&channel, &answered).await;
    withdraw(&channel, &put_off).await;
    for one in told(&channel, &answered, "visit-1").await {
        let answer = one.eligibility_answer.unwrap();
        assert!(!has_medical_data(&answer), "{answer:?}");
        assert!(
            !answer.insurances.is_empty(),
            "what needs no consent is there all the same"
        );
        let receipt = one.consent_receipt.unwrap();
        assert!(receipt.withdrawal.is_some() && receipt.effective_items.is_empty());
    }
    for one in told(&channel, &put_off, "visit-2").await {
        assert!(one.consent_receipt.unwrap().withdrawal.is_some());
    }
    let answer = deferral(&channel, &put_off.check_in_id).await.answer.unwrap();
    assert!(
        !has_medical_data(&answer) && !answer.insurances.is_empty(),
        "{answer:?}"
    );
}
