use time::macros::{date, datetime};

use super::*;
use crate::rpc::fields::wrong_fields;

const NOW: OffsetDateTime = datetime!(2026-11-26 20:00 UTC);

#[test]
fn every_wrong_field_is_named_at_once() {
    let wrong = pb::ListNextStepsRequest {
        reason: "NO_SUCH_REASON".to_owned(),
        medium: 9,
        nothing_presented: false,
        visit_kind: 9,
        visit_date: "2026-02-29".to_owned(),
        lacking: vec![0],
        counter_id: "a b".to_owned(),
        pin_usable: false,
    };
    assert_eq!(
        wrong_fields(next_steps(wrong, NOW)),
        [
            "reason",
            "medium",
            "visit_kind",
            "visit_date",
            "lacking",
            "counter_id"
        ]
    );
    assert_eq!(
        wrong_fields(record(pb::RecordCaseRequest::default(), NOW)),
        [
            "request_id",
            "counter_id",
            "visit_kind",
            "document",
            "claim",
            "staff_id"
        ]
    );
    let long = pb::RecordCaseRequest {
        emr_reference: "x".repeat(51),
        check_in_id: "窓口".to_owned(),
        ..Default::default()
    };
    let names = wrong_fields(record(long, NOW));
    assert!(names.contains(&"emr_reference".to_owned()) && names.contains(&"check_in_id".to_owned()));
    assert_eq!(
        wrong_fields(reconcile(pb::ReconcileCaseRequest::default())),
        ["request_id", "case_id", "finding", "staff_id"]
    );
    assert_eq!(wrong_fields(case(pb::GetCaseRequest::default())), ["case_id"]);
    let list_wrong = pb::ListCasesRequest {
        filter: 9,
        page_size: 501,
        page_token: " ".to_owned(),
    };
    assert_eq!(
        wrong_fields(list(list_wrong)),
        ["filter", "page_size", "page_token"]
    );
}

#[test]
fn nothing_and_something_are_not_presented_at_once() {
    let both = pb::ListNextStepsRequest {
        medium: 1,
        nothing_presented: true,
        ..Default::default()
    };
    assert_eq!(wrong_fields(next_steps(both, NOW)), ["nothing_presented"]);
    let staff = pb::ListNextStepsRequest {
        lacking: vec![auth::NeededThing::Staff.into()],
        ..Default::default()
    };
    assert_eq!(wrong_fields(next_steps(staff, NOW)), ["lacking"]);
}

#[test]
fn a_day_that_is_not_given_is_today_in_japan() {
    let asked = next_steps(pb::ListNextStepsRequest::default(), NOW).unwrap();
    assert_eq!(asked.situation.date, date!(2026 - 11 - 27));
    assert_eq!(asked.situation.presented, Presented::Unknown);
    let list = list(pb::ListCasesRequest::default()).unwrap();
    assert_eq!(
        (list.listed, list.page_size, list.after),
        (Listed::Open, 100, None)
    );
}

proptest::proptest! {
    #[test]
    fn random_requests_never_panic(
        texts in proptest::collection::vec(".{0,140}", 7),
        numbers in proptest::collection::vec(proptest::prelude::any::<i32>(), 4),
        lacking in proptest::collection::vec(-1..14_i32, 0..20),
    ) {
        let text = |at: usize| texts[at].clone();
        let _ = next_steps(pb::ListNextStepsRequest {
            reason: text(0), medium: numbers[0], nothing_presented: true, visit_kind: numbers[1],
            visit_date: text(1), lacking, counter_id: text(2), pin_usable: true,
        }, NOW);
        let _ = record(pb::RecordCaseRequest {
            request_id: text(0), counter_id: text(1), check_in_id: text(2), visit_date: text(3), medium: numbers[0],
            reason: text(4), visit_kind: numbers[1], document: numbers[2], claim: numbers[3], staff_id: text(5),
            emr_reference: text(6),
        }, NOW);
        let read = reconcile(pb::ReconcileCaseRequest {
            request_id: text(0), case_id: text(1), finding: numbers[2], staff_id: text(2),
        });
        proptest::prop_assert!(read.is_err() || (1..=4).contains(&numbers[2]));
    }
}
