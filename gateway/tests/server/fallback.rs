//! The fallback at the front door: steps by date and counter, and a case from its record to its end.

use madoguchi_proto::auth::v1::{ClaimBasis, NeededThing, NextStep, NextStepDetail};
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::fallback::v1::fallback_service_client::FallbackServiceClient;
use madoguchi_proto::fallback::v1::{
    CaseFilter, Document, Finding, GetCaseRequest, ListCasesRequest, ListNextStepsRequest,
    ReconcileCaseRequest, RecordCaseRequest, VisitKind,
};
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use crate::support::Gateway;

fn record(request_id: &str) -> RecordCaseRequest {
    RecordCaseRequest {
        request_id: request_id.to_owned(),
        counter_id: "1".to_owned(),
        visit_date: "2026-01-15".to_owned(),
        medium: Medium::Card.into(),
        reason: "CERTIFICATE_EXPIRED".to_owned(),
        visit_kind: VisitKind::First.into(),
        document: Document::Declaration.into(),
        claim: ClaimBasis::Unknown.into(),
        staff_id: "nurse-7".to_owned(),
        emr_reference: "P-4711".to_owned(),
        ..Default::default()
    }
}

async fn steps(
    client: &mut FallbackServiceClient<Channel>,
    request: ListNextStepsRequest,
) -> Vec<NextStepDetail> {
    client.list_next_steps(request).await.unwrap().into_inner().steps
}

#[tokio::test]
async fn steps_follow_the_date_the_counter_and_what_is_lacking() {
    let gateway = Gateway::start().await;
    let mut client = FallbackServiceClient::new(gateway.connect().await);
    let asked = |date: &str| ListNextStepsRequest {
        reason: "FACE_NOT_VERIFIED".to_owned(),
        medium: Medium::Card.into(),
        visit_kind: VisitKind::First.into(),
        visit_date: date.to_owned(),
        ..Default::default()
    };
    let names = |steps: &[NextStepDetail]| steps.iter().map(NextStepDetail::step).collect::<Vec<_>>();
    let last_day = steps(&mut client, asked("2025-12-01")).await;
    assert_eq!(names(&last_day)[0], NextStep::CheckVisually);
    assert!(names(&last_day).contains(&NextStep::ShowInsuranceCard));
    // The photo on the card may be too old: that is seen to afterwards.
    let [.., last, afterwards] = last_day.as_slice() else {
        panic!("{last_day:?}");
    };
    assert_eq!(afterwards.step(), NextStep::VisitMunicipality);
    assert_eq!(last.step(), NextStep::FileDeclaration);
    let claims: Vec<_> = last.claims().collect();
    assert_eq!(
        claims,
        [
            ClaimBasis::CurrentNumber,
            ClaimBasis::PastNumber,
            ClaimBasis::Unknown
        ]
    );
    let needs: Vec<_> = last.needs.iter().flat_map(|need| need.any_of()).collect();
    assert_eq!(needs, [NeededThing::Staff]);

    // The counter's one reader reads cards and lets nobody look.
    let here = ListNextStepsRequest {
        counter_id: "1".to_owned(),
        lacking: vec![NeededThing::Phone.into(), NeededThing::MynaportalPdf.into()],
        ..asked("2025-12-02")
    };
    let here = steps(&mut client, here).await;
    assert_eq!(
        names(&here),
        [
            NextStep::ShowEligibilityNotice,
            NextStep::ShowEligibilityCertificate,
            NextStep::FileDeclaration,
            NextStep::VisitMunicipality
        ]
    );
    let nowhere = ListNextStepsRequest {
        counter_id: "9".to_owned(),
        ..asked("")
    };
    let refused = client.list_next_steps(nowhere).await.unwrap_err();
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "COUNTER_NOT_FOUND"
    );
    gateway.stop();
    gateway.ended().await;
}

#[tokio::test]
async fn a_case_is_open_until_it_is_settled() {
    let gateway = Gateway::start().await;
    let mut client = FallbackServiceClient::new(gateway.connect().await);
    let mut ids = Vec::new();
    for request in ["r1", "r2", "r3", "r1"] {
        let case = client
            .record_case(record(request))
            .await
            .unwrap()
            .into_inner()
            .case
            .unwrap();
        ids.push(case.case_id.clone());
        let filled: Vec<_> = case.filled_fields.iter().map(|field| field.digit_count).collect();
        assert_eq!(filled, [8, 0, 9]);
        assert_eq!(
            (case.emr_reference.as_str(), case.visit_date.as_str()),
            ("P-4711", "2026-01-15")
        );
        assert!(
            !format!("{case:?}").contains("P-4711"),
            "it may be a patient's number"
        );
    }
    assert_eq!(ids[0], ids[3], "the same request is the same case");
    // Sent without a day it is the day of the first time, and not the one on which it is repeated.
    let undated = RecordCaseRequest {
        visit_date: String::new(),
        ..record("r1")
    };
    let again = client.record_case(undated).await.unwrap().into_inner();
    assert_eq!(again.case.unwrap().case_id, ids[0]);
    let late = RecordCaseRequest {
        document: Document::InsuranceCard.into(),
        claim: ClaimBasis::CurrentNumber.into(),
        ..record("r4")
    };
    let refused = client.record_case(late).await.unwrap_err();
    assert_eq!(
        refused.get_details_bad_request().unwrap().field_violations[0].field,
        "document"
    );

    // A number that was typed into the wrong field does not stay anywhere.
    let mistyped = RecordCaseRequest {
        check_in_id: "1234".to_owned(),
        ..record("r5")
    };
    let refused = client.record_case(mistyped).await.unwrap_err();
    let details = refused.get_details_error_info().unwrap();
    assert_eq!(
        (details.reason.as_str(), details.metadata["field"].as_str()),
        ("CHECK_IN_NOT_FOUND", "check_in_id")
    );

    let reconcile = |request_id: &str| ReconcileCaseRequest {
        request_id: request_id.to_owned(),
        case_id: ids[1].clone(),
        finding: Finding::Corrected.into(),
        staff_id: "clerk-2".to_owned(),
    };
    for _ in 0..2 {
        let settled = client.reconcile_case(reconcile("s1")).await.unwrap().into_inner();
        let word = settled.case.unwrap().reconciliation.unwrap();
        assert_eq!(
            (word.finding(), word.staff_id.as_str()),
            (Finding::Corrected, "clerk-2")
        );
    }
    let again = client.reconcile_case(reconcile("s2")).await.unwrap_err();
    assert_eq!(again.get_details_error_info().unwrap().reason, "CASE_SETTLED");

    // Page by page, the oldest first.
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListCasesRequest {
            page_size: 1,
            page_token,
            ..Default::default()
        };
        let page = client.list_cases(request).await.unwrap().into_inner();
        listed.extend(page.cases.into_iter().map(|case| case.case_id));
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    assert_eq!(listed, [ids[0].clone(), ids[2].clone()]);
    let all = ListCasesRequest {
        filter: CaseFilter::All.into(),
        ..Default::default()
    };
    assert_eq!(client.list_cases(all).await.unwrap().into_inner().cases.len(), 3);
    let nothing = GetCaseRequest {
        case_id: "nothing".to_owned(),
    };
    let unknown = client.get_case(nothing).await.unwrap_err();
    assert_eq!(unknown.get_details_error_info().unwrap().reason, "CASE_NOT_FOUND");
    gateway.stop();
    gateway.ended().await;
}
