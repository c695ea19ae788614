use super::*;
use crate::rpc::fields::wrong_fields;
use proptest::prelude::*;
use std::time::Duration;

const TIMES: VisitTimes = VisitTimes {
    default: Duration::from_secs(300),
    max: Duration::from_secs(900),
};

fn caller() -> CallerId {
    CallerId::new("loopback").unwrap()
}

#[test]
fn a_start_names_every_wrong_field_at_once() {
    let wrong = pb::StartCheckInRequest {
        request_id: "x".repeat(129),
        counter_id: "窓口".to_owned(),
        medium: 4,
        language: "日本語".to_owned(),
        visit_timeout: Some(prost_types::Duration {
            seconds: 901,
            nanos: 0,
        }),
        expected_person: Some(madoguchi_proto::eligibility::v1::ExpectedPerson {
            birth_date: "1980-02-30".to_owned(),
            name_kana: "カ".repeat(51),
            branch_number: "０１".to_owned(),
            ..Default::default()
        }),
    };
    assert_eq!(
        wrong_fields(start(caller(), wrong, TIMES)),
        [
            "request_id",
            "counter_id",
            "medium",
            "language",
            "visit_timeout",
            "expected_person.birth_date",
            "expected_person.name_kana",
            "expected_person.branch_number"
        ]
    );
    let empty = pb::StartCheckInRequest::default();
    assert_eq!(
        wrong_fields(start(caller(), empty, TIMES)),
        ["request_id", "counter_id"]
    );
}

#[test]
fn what_a_start_does_not_say_has_its_default() {
    let right = pb::StartCheckInRequest {
        request_id: "r".to_owned(),
        counter_id: "1".to_owned(),
        ..Default::default()
    };
    let read = start(caller(), right, TIMES).unwrap();
    assert_eq!(
        (read.medium, read.language.as_str(), read.timeout),
        (None, "ja", TIMES.default)
    );
}

#[test]
fn submissions_name_every_wrong_field_at_once() {
    assert_eq!(wrong_fields(visit(String::new())), ["check_in_id"]);
    assert_eq!(
        wrong_fields(medium(pb::SubmitMediumRequest::default())),
        ["check_in_id", "action_id", "medium"]
    );
    assert_eq!(
        wrong_fields(pin(pb::SubmitPinRequest::default())),
        ["pin", "check_in_id", "action_id"]
    );
    assert_eq!(
        wrong_fields(method(pb::SubmitMethodRequest::default())),
        ["check_in_id", "action_id", "method"]
    );
    assert_eq!(
        wrong_fields(visual_check(pb::SubmitVisualCheckRequest::default())),
        ["check_in_id", "action_id", "staff_id", "cause"]
    );
    assert_eq!(
        wrong_fields(registration(pb::SubmitRegistrationRequest::default())),
        ["check_in_id", "action_id"]
    );
    assert_eq!(
        wrong_fields(consents(pb::SubmitConsentsRequest::default())),
        ["check_in_id", "action_id", "decisions", "wording_version"]
    );
}

#[test]
fn a_wrong_pin_field_never_says_what_was_typed() {
    for typed in ["12a4", "123", "１２３４", "97319731973197319731"] {
        let request = pb::SubmitPinRequest {
            check_in_id: "c".to_owned(),
            action_id: "a".to_owned(),
            pin: typed.to_owned(),
            confirm_last_try: false,
            typed_by_guardian: false,
            last_try_agreed_by: String::new(),
        };
        let refusal = pin(request).unwrap_err();
        assert_eq!(refusal.violations[0].field, "pin");
        assert!(!format!("{refusal:?} {refusal}").contains(typed));
    }
    let request = pb::SubmitPinRequest {
        check_in_id: "c".into(),
        action_id: "a".into(),
        pin: "1234".into(),
        ..Default::default()
    };
    let Submission::Pin { pin, .. } = pin(request).unwrap().2 else {
        panic!("not a PIN");
    };
    assert_eq!(pin.expose(), b"1234");
}

proptest! {
    #[test]
    fn random_requests_never_panic(
        texts in proptest::collection::vec(".{0,140}", 4),
        numbers in any::<(i32, i64, i32)>(),
        items in proptest::collection::vec((-2..7i32, any::<bool>()), 0..9),
    ) {
        let text = |index: usize| texts[index].clone();
        let visit_timeout = Some(prost_types::Duration { seconds: numbers.1, nanos: numbers.2 });
        let _ = start(caller(), pb::StartCheckInRequest {
            request_id: text(0), counter_id: text(1), medium: numbers.0, language: text(2), visit_timeout,
            expected_person: None,
        }, TIMES);
        let _ = medium(pb::SubmitMediumRequest { check_in_id: text(0), action_id: text(1), medium: numbers.0 });
        let _ = pin(pb::SubmitPinRequest {
            check_in_id: text(0), action_id: text(1), pin: text(2), confirm_last_try: true, typed_by_guardian: false,
 last_try_agreed_by: String::new(),
        });
        let decisions = items.iter().map(|(item, granted)| madoguchi_proto::consent::v1::ConsentDecision {
            item: *item, granted: *granted, ..Default::default()
        }).collect();
        let read = consents(pb::SubmitConsentsRequest {
            check_in_id: text(0), action_id: text(1), decisions, wording_version: text(3),
        });
        if let Ok((_, _, Submission::Consents { decisions, .. })) = read {
            prop_assert_eq!(decisions.len(), items.len());
        }
    }
}
