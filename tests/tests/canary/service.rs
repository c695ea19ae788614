//! The eligibility service behind the counter: asked without a card, away during a visit and back again, and the official
//! terminal's folders.

use std::path::Path;
use std::time::Duration;

use madoguchi_core::eligibility::{Insurance, Validity};
use madoguchi_eligibility::observed::document;
use madoguchi_eligibility::xml::{Charset, write};
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::deferral_service_client::DeferralServiceClient;
use madoguchi_proto::eligibility::v1::eligibility_service_client::EligibilityServiceClient;
use madoguchi_tests::{Clinic, Setup, Visit};
use tokio::time::{sleep, timeout};

use crate::heard::Heard;
use crate::planted::People;
use crate::visitor::Visitor;

/// The facility's number of a patient. Nothing else has one like it.
pub(crate) const REFERENCE: &str = "KARTE-9037155284";
const LIMIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

fn query(insurance: &Insurance) -> pb::NumberQuery {
    pb::NumberQuery {
        insurer_number: insurance.insurer_number.clone(),
        symbol: insurance.symbol.clone().unwrap_or_default(),
        number: insurance.number.clone(),
        birth_date: insurance.birth_date.unwrap().to_string(),
        ..pb::NumberQuery::default()
    }
}

/// By the number of an insurance, one and tomorrow's bookings; and with numbers that are none.
pub(crate) async fn without_a_card(clinic: &Clinic, people: &People, heard: &mut Heard) {
    let mut client = EligibilityServiceClient::new(clinic.gateway.channel().await);
    let insurance = people.get("adult").persona.record().insurances[0].clone();
    let by_number = pb::CheckEligibilityByNumberRequest {
        request_id: "by-number".to_owned(),
        query: Some(query(&insurance)),
        counter_id: "1".to_owned(),
    };
    let answer = client.check_eligibility_by_number(by_number.clone()).await;
    heard.answer(&answer.unwrap().into_inner());
    let mut misplaced = by_number;
    let wrong = misplaced.query.as_mut().unwrap();
    (wrong.insurer_number, wrong.birth_date) = (insurance.name.clone(), insurance.name.clone());
    heard.refusal(&client.check_eligibility_by_number(misplaced).await.unwrap_err());

    let tomorrow = pb::CreateBatchCheckRequest {
        request_id: "tomorrow".to_owned(),
        bookings: vec![pb::Booking {
            reference: REFERENCE.to_owned(),
            query: Some(query(&insurance)),
        }],
    };
    let created = client.create_batch_check(tomorrow).await.unwrap().into_inner();
    let get = pb::GetBatchCheckRequest {
        batch_check_id: created.batch_check.unwrap().batch_check_id,
    };
    let over = async {
        loop {
            let got = client.get_batch_check(get.clone()).await.unwrap().into_inner();
            if !got.batch_check.clone().unwrap().results.is_empty() {
                return got;
            }
            sleep(PAUSE).await;
        }
    };
    heard.answer(&timeout(LIMIT, over).await.unwrap());
}

/// The gateway's next process has another eligibility service. Returns what the last one said on standard output.
async fn with(clinic: &mut Clinic, change: impl FnOnce(Setup) -> Setup) -> Vec<u8> {
    clinic.gateway.kill();
    let said = clinic.gateway.rest_of_stdout();
    clinic.restart_as(change).await;
    clinic.empty().await;
    said
}

/// Nobody answers during a visit, whose check is put off; then somebody does. Returns what was said on standard output.
pub(crate) async fn away_and_back(clinic: &mut Clinic, people: &People, heard: &mut Heard) -> Vec<u8> {
    let outside = tempfile::tempdir().unwrap();
    let mut said = with(clinic, |setup| setup.eligibility_away(outside.path())).await;
    let adult = people.get("child");
    let card = clinic.card_of(&adult.persona);
    let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
    let visitor = Visitor::typing(&[&adult.pin]);
    let end = visitor.goes_through(&mut visit, Some(&card), heard).await;
    assert_eq!(end, "deferred ELIGIBILITY_UNAVAILABLE");
    clinic.take_off(&card).await;
    let channel = clinic.gateway.channel().await;
    let listed = DeferralServiceClient::new(channel)
        .list_deferrals(pb::ListDeferralsRequest::default())
        .await;
    heard.told(&listed.unwrap().into_inner());

    said.extend(with(clinic, Setup::eligibility_back).await);
    let mut client = DeferralServiceClient::new(clinic.gateway.channel().await);
    let get = pb::GetDeferralRequest {
        key: Some(pb::get_deferral_request::Key::CheckInId(visit.id())),
    };
    let settled = async {
        loop {
            let got = client.get_deferral(get.clone()).await.unwrap().into_inner();
            if got.deferral.as_ref().unwrap().state() == pb::deferral::State::Answered {
                return got;
            }
            sleep(PAUSE).await;
        }
    };
    heard.answer(&timeout(LIMIT, settled).await.unwrap());
    said
}

/// A result comes for which there is no visit, and one that cannot be read. Returns what was said on standard output.
pub(crate) async fn a_result_of_nobodys(clinic: &mut Clinic, people: &People, heard: &mut Heard) -> Vec<u8> {
    let terminal = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let path = terminal.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (req, res, face) = (folder("req"), folder("res"), folder("face"));
    let said = with(clinic, |setup| {
        setup
            .set("eligibility.backend", "folder")
            .set("eligibility.folder.req", req)
            .set("eligibility.folder.res", res)
            .set("eligibility.folder.face", face.clone())
            .set("eligibility.folder.institution_code", "1312345678")
    })
    .await;
    let insurances = &people.get("adult").persona.record().insurances;
    let header = [
        ("ProcessExecutionTime", "20261126120000"),
        ("SegmentOfResult", "1"),
    ];
    let result = write(
        &document(&header, Validity::Valid, insurances, None),
        Charset::ShiftJis,
    );
    let path = |number: u8| Path::new(&face).join(format!("OQSsiquc01res_face_{number}_20261126120000.xml"));
    std::fs::write(path(1), &result).unwrap();
    // A tag of it is broken, after the name.
    let broken = String::from_utf8_lossy(&result[..result.len() - 40]).into_owned() + "</Wrong>";
    std::fs::write(path(2), broken).unwrap();
    let mut client = EligibilityServiceClient::new(clinic.gateway.channel().await);
    let found = async {
        loop {
            let listed = client
                .list_unmatched_results(pb::ListUnmatchedResultsRequest {})
                .await;
            let listed = listed.unwrap().into_inner();
            if !listed.results.is_empty() {
                return listed;
            }
            sleep(PAUSE).await;
        }
    };
    heard.answer(&timeout(LIMIT, found).await.unwrap());
    said
}
