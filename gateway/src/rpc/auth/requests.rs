//! Requests about authentications, read and checked.

use madoguchi_auth::StartRequest;
use madoguchi_core::{AuthenticationId, CallerId, Refusal};
use madoguchi_proto::auth::v1 as pb;

use crate::rpc::VisitTimes;
use crate::rpc::fields::Fields;
use crate::rpc::submissions::{self, Submitted, together};

/// Lengths of what a chip signs.
const CHALLENGE_LEN: std::ops::RangeInclusive<usize> = 16..=1024;

pub(super) fn start(
    caller: CallerId,
    request: pb::StartAuthenticationRequest,
    times: VisitTimes,
) -> Result<StartRequest, Refusal> {
    let mut fields = Fields::default();
    let request_id = fields.id("request_id", request.request_id);
    let counter_id = fields.id("counter_id", request.counter_id);
    let medium = fields.optional_medium("medium", request.medium);
    let challenge = fields.bytes("challenge", request.challenge, CHALLENGE_LEN);
    let timeout = fields.duration(
        "visit_timeout",
        request.visit_timeout,
        times.default,
        times.bounds(),
    );
    let language = fields.language("language", request.language);
    let read = match (request_id, counter_id, medium, challenge, timeout, language) {
        (
            Some(request_id),
            Some(counter_id),
            Some(medium),
            Some(challenge),
            Some(timeout),
            Some(language),
        ) => Some(StartRequest {
            caller,
            request_id,
            counter_id,
            medium,
            challenge,
            language,
            timeout,
        }),
        _ => None,
    };
    fields.finish(read)
}

pub(super) fn authentication(authentication_id: String) -> Result<AuthenticationId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("authentication_id", authentication_id);
    fields.finish(id)
}

pub(super) fn medium(request: pb::SubmitMediumRequest) -> Result<Submitted<AuthenticationId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("authentication_id", request.authentication_id);
    let action = fields.id("action_id", request.action_id);
    let medium = submissions::medium(&mut fields, request.medium);
    fields.finish(together(id, action, medium))
}

pub(super) fn pin(mut request: pb::SubmitPinRequest) -> Result<Submitted<AuthenticationId>, Refusal> {
    let mut fields = Fields::default();
    let (confirmed, guardian) = (request.confirm_last_try, request.typed_by_guardian);
    let agreed_by = std::mem::take(&mut request.last_try_agreed_by);
    let pin = submissions::pin(&mut fields, &mut request.pin, confirmed, guardian, agreed_by);
    let id = fields.id(
        "authentication_id",
        std::mem::take(&mut request.authentication_id),
    );
    let action = fields.id("action_id", std::mem::take(&mut request.action_id));
    fields.finish(together(id, action, pin))
}

pub(super) fn method(request: pb::SubmitMethodRequest) -> Result<Submitted<AuthenticationId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("authentication_id", request.authentication_id);
    let action = fields.id("action_id", request.action_id);
    let method = submissions::method(&mut fields, request.method);
    fields.finish(together(id, action, method))
}

pub(super) fn visual_check(
    request: pb::SubmitVisualCheckRequest,
) -> Result<Submitted<AuthenticationId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("authentication_id", request.authentication_id);
    let action = fields.id("action_id", request.action_id);
    let check = submissions::visual_check(&mut fields, request.confirmed, request.staff_id, request.cause);
    fields.finish(together(id, action, check))
}

#[cfg(test)]
mod tests {
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
    fn every_wrong_field_is_named_at_once() {
        let wrong = pb::StartAuthenticationRequest {
            request_id: String::new(),
            counter_id: "a b".to_owned(),
            medium: -1,
            challenge: vec![0; 15],
            visit_timeout: Some(prost_types::Duration { seconds: 9, nanos: 0 }),
            language: "日本語".to_owned(),
        };
        assert_eq!(
            wrong_fields(start(caller(), wrong, TIMES)),
            [
                "request_id",
                "counter_id",
                "medium",
                "challenge",
                "visit_timeout",
                "language"
            ]
        );
        let id = "authentication_id";
        assert_eq!(wrong_fields(authentication(String::new())), [id]);
        assert_eq!(
            wrong_fields(medium(pb::SubmitMediumRequest::default())),
            [id, "action_id", "medium"]
        );
        assert_eq!(
            wrong_fields(pin(pb::SubmitPinRequest::default())),
            ["pin", id, "action_id"]
        );
        assert_eq!(
            wrong_fields(method(pb::SubmitMethodRequest::default())),
            [id, "action_id", "method"]
        );
        assert_eq!(
            wrong_fields(visual_check(pb::SubmitVisualCheckRequest::default())),
            [id, "action_id", "staff_id", "cause"]
        );
    }

    proptest! {
           #[test]
           fn random_requests_never_panic(
               texts in proptest::collection::vec(".{0,140}", 3),
               numbers in any::<(i32, i64, i32)>(),
               challenge in proptest::collection::vec(any::<u8>(), 0..1100),
           ) {
               let text = |index: usize| texts[index].clone();
               let len = challenge.len();
               let read = start(caller(), pb::StartAuthenticationRequest {
                   request_id: text(0),
                   counter_id: text(1),
                   medium: numbers.0,
                   challenge,
                   visit_timeout: Some(prost_types::Duration { seconds: numbers.1, nanos: numbers.2 }),
                   language: text(2),
               }, TIMES);
               prop_assert!(read.is_err() || CHALLENGE_LEN.contains(&len));
               let _ = medium(pb::SubmitMediumRequest {
                   authentication_id: text(0), action_id: text(1), medium: numbers.0,
               });
               let _ = pin(pb::SubmitPinRequest {
                   authentication_id: text(0), action_id: text(1), pin: text(2), confirm_last_try: false, typed_by_guardian: true,
    last_try_agreed_by: String::new(),
               });
           }
       }
}
