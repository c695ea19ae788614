//! Requests about check-ins, read and checked.

use madoguchi_auth::Submission;
use madoguchi_checkin::StartRequest;
use madoguchi_core::{CallerId, CheckInId, Refusal};
use madoguchi_proto::checkin::v1 as pb;

use crate::rpc::VisitTimes;
use crate::rpc::consent::decisions;
use crate::rpc::eligibility::requests::expected;
use crate::rpc::fields::Fields;
use crate::rpc::submissions::{self, Submitted, together};

/// The longest name of a wording's version.
const MAX_WORDING_VERSION_LEN: usize = 64;

pub(super) fn start(
    caller: CallerId,
    request: pb::StartCheckInRequest,
    times: VisitTimes,
) -> Result<StartRequest, Refusal> {
    let mut fields = Fields::default();
    let request_id = fields.id("request_id", request.request_id);
    let counter_id = fields.id("counter_id", request.counter_id);
    let medium = fields.optional_medium("medium", request.medium);
    let language = fields.language("language", request.language);
    let timeout = fields.duration(
        "visit_timeout",
        request.visit_timeout,
        times.default,
        times.bounds(),
    );
    let expected = expected(&mut fields, request.expected_person);
    let read = match (request_id, counter_id, medium, language, timeout) {
        (Some(request_id), Some(counter_id), Some(medium), Some(language), Some(timeout)) => {
            Some(StartRequest {
                caller,
                request_id,
                counter_id,
                medium,
                language,
                timeout,
                expected,
            })
        }
        _ => None,
    };
    fields.finish(read)
}

pub(super) fn visit(check_in_id: String) -> Result<CheckInId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", check_in_id);
    fields.finish(id)
}

pub(super) fn medium(request: pb::SubmitMediumRequest) -> Result<Submitted<CheckInId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let medium = submissions::medium(&mut fields, request.medium);
    fields.finish(together(id, action, medium))
}

pub(super) fn pin(mut request: pb::SubmitPinRequest) -> Result<Submitted<CheckInId>, Refusal> {
    let mut fields = Fields::default();
    let (confirmed, guardian) = (request.confirm_last_try, request.typed_by_guardian);
    let agreed_by = std::mem::take(&mut request.last_try_agreed_by);
    let pin = submissions::pin(&mut fields, &mut request.pin, confirmed, guardian, agreed_by);
    let id = fields.id("check_in_id", std::mem::take(&mut request.check_in_id));
    let action = fields.id("action_id", std::mem::take(&mut request.action_id));
    fields.finish(together(id, action, pin))
}

pub(super) fn method(request: pb::SubmitMethodRequest) -> Result<Submitted<CheckInId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let method = submissions::method(&mut fields, request.method);
    fields.finish(together(id, action, method))
}

pub(super) fn visual_check(request: pb::SubmitVisualCheckRequest) -> Result<Submitted<CheckInId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let check = submissions::visual_check(&mut fields, request.confirmed, request.staff_id, request.cause);
    fields.finish(together(id, action, check))
}

pub(super) fn registration(request: pb::SubmitRegistrationRequest) -> Result<Submitted<CheckInId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    fields.finish(together(
        id,
        action,
        Some(Submission::Registration(request.register)),
    ))
}

pub(super) fn consents(request: pb::SubmitConsentsRequest) -> Result<Submitted<CheckInId>, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let decisions = decisions(&mut fields, request.decisions);
    let wording_version = fields.text(
        "wording_version",
        request.wording_version,
        MAX_WORDING_VERSION_LEN,
    );
    let consents = decisions
        .zip(wording_version)
        .map(|((decisions, others), wording_version)| Submission::Consents {
            decisions,
            others,
            wording_version,
            word: None,
        });
    fields.finish(together(id, action, consents))
}

#[cfg(test)]
mod tests;
