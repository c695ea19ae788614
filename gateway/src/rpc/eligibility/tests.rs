use super::*;
use crate::rpc::fields::wrong_fields;

#[test]
fn every_wrong_field_is_named_at_once() {
    assert_eq!(
        wrong_fields(check_request(pb::CheckEligibilityRequest::default())),
        ["challenge_id", "certificate", "signature", "medium"]
    );
    let wrong = pb::CheckEligibilityRequest {
        challenge_id: "a b".to_owned(),
        certificate: vec![0; 20_000],
        intermediates: vec![vec![1]; 9],
        signature: vec![0; 1025],
        medium: -1,
        receipt_id: "窓口".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        wrong_fields(check_request(wrong)),
        [
            "challenge_id",
            "certificate",
            "intermediates",
            "signature",
            "medium",
            "receipt_id"
        ]
    );
}

#[test]
fn a_receipt_is_optional() {
    let right = pb::CheckEligibilityRequest {
        challenge_id: "c".to_owned(),
        certificate: vec![1],
        intermediates: vec![],
        signature: vec![1],
        medium: 1,
        ..Default::default()
    };
    assert_eq!(check_request(right).unwrap().receipt_id, None);
}

#[test]
fn a_check_that_was_put_off_is_of_the_last_two_months() {
    let now = time::macros::datetime!(2026-11-26 09:00 UTC);
    assert_eq!(
        wrong_fields(deferred_request(Default::default(), now)),
        [
            "check_in_id",
            "certificate",
            "challenge",
            "signature",
            "medium",
            "verify_time"
        ]
    );
    let at = |seconds: i64| pb::CheckDeferredEligibilityRequest {
        check_in_id: "v".to_owned(),
        certificate: vec![1],
        challenge: vec![0; 32],
        signature: vec![1],
        medium: 1,
        verify_time: Some(prost_types::Timestamp {
            seconds: now.unix_timestamp() + seconds,
            nanos: 0,
        }),
        ..Default::default()
    };
    assert!(deferred_request(at(0), now).is_ok());
    assert!(deferred_request(at(-60 * 86_400), now).is_ok());
    for wrong in [301, -60 * 86_400 - 1] {
        assert_eq!(wrong_fields(deferred_request(at(wrong), now)), ["verify_time"]);
    }
}

proptest::proptest! {
    #[test]
    fn random_requests_never_panic(
        texts in proptest::collection::vec(".{0,140}", 2),
        medium: i32,
        bytes in proptest::collection::vec(proptest::collection::vec(0..=255u8, 0..40), 2..12),
    ) {
        let read = check_request(pb::CheckEligibilityRequest {
            challenge_id: texts[0].clone(),
            certificate: bytes[0].clone(),
            signature: bytes[1].clone(),
            intermediates: bytes[2..].to_vec(),
            medium,
            receipt_id: texts[1].clone(),
            ..Default::default()
        });
        proptest::prop_assert!(read.is_err() || (1..=3).contains(&medium));
    }
}
