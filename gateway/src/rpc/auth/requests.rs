//! Requests about authentications, read and checked.

use madoguchi_auth::StartRequest;
use madoguchi_core::{ActionId, AuthenticationId, CallerId, Medium, Pin, Refusal};
use madoguchi_proto::auth::v1 as pb;

use crate::rpc::VisitTimes;
use crate::rpc::fields::Fields;

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
    let read = match (request_id, counter_id, medium, challenge, timeout) {
        (Some(request_id), Some(counter_id), Some(medium), Some(challenge), Some(timeout)) => {
            Some(StartRequest {
                caller,
                request_id,
                counter_id,
                medium,
                challenge,
                timeout,
            })
        }
        _ => None,
    };
    fields.finish(read)
}

pub(super) fn authentication(authentication_id: String) -> Result<AuthenticationId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("authentication_id", authentication_id);
    fields.finish(id)
}

pub(super) fn medium(
    request: pb::SubmitMediumRequest,
) -> Result<(AuthenticationId, ActionId, Medium), Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("authentication_id", request.authentication_id);
    let action = fields.id("action_id", request.action_id);
    let medium = fields.medium("medium", request.medium);
    fields.finish(
        id.zip(action)
            .zip(medium)
            .map(|((id, action), medium)| (id, action, medium)),
    )
}

pub(super) fn pin(
    mut request: pb::SubmitPinRequest,
) -> Result<(AuthenticationId, ActionId, Pin, bool), Refusal> {
    let mut fields = Fields::default();
    // First of all: whatever else is wrong, the digits are in a buffer that is zeroized.
    let pin = fields.pin("pin", std::mem::take(&mut request.pin));
    let id = fields.id("authentication_id", request.authentication_id);
    let action = fields.id("action_id", request.action_id);
    let confirmed = request.confirm_last_try;
    fields.finish(
        id.zip(action)
            .zip(pin)
            .map(|((id, action), pin)| (id, action, pin, confirmed)),
    )
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
        };
        assert_eq!(
            wrong_fields(start(caller(), wrong, TIMES)),
            ["request_id", "counter_id", "medium", "challenge", "visit_timeout"]
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
            }, TIMES);
            prop_assert!(read.is_err() || CHALLENGE_LEN.contains(&len));
            let _ = medium(pb::SubmitMediumRequest {
                authentication_id: text(0), action_id: text(1), medium: numbers.0,
            });
            let _ = pin(pb::SubmitPinRequest {
                authentication_id: text(0), action_id: text(1), pin: text(2), confirm_last_try: false,
            });
        }
    }
}
