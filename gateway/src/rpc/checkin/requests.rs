//! Requests about check-ins, read and checked.

use madoguchi_checkin::StartRequest;
use madoguchi_core::consent::Decision;
use madoguchi_core::{ActionId, CallerId, CheckInId, Medium, Pin, Refusal};
use madoguchi_proto::checkin::v1 as pb;

use crate::rpc::VisitTimes;
use crate::rpc::consent::decisions;
use crate::rpc::fields::Fields;

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
    let read = match (request_id, counter_id, medium, language, timeout) {
        (Some(request_id), Some(counter_id), Some(medium), Some(language), Some(timeout)) => {
            Some(StartRequest {
                caller,
                request_id,
                counter_id,
                medium,
                language,
                timeout,
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

pub(super) fn medium(request: pb::SubmitMediumRequest) -> Result<(CheckInId, ActionId, Medium), Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let medium = fields.medium("medium", request.medium);
    fields.finish(
        id.zip(action)
            .zip(medium)
            .map(|((id, action), medium)| (id, action, medium)),
    )
}

pub(super) fn pin(mut request: pb::SubmitPinRequest) -> Result<(CheckInId, ActionId, Pin, bool), Refusal> {
    let mut fields = Fields::default();
    // First of all: whatever else is wrong, the digits are in a buffer that is zeroized.
    let pin = fields.pin("pin", std::mem::take(&mut request.pin));
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let confirmed = request.confirm_last_try;
    fields.finish(
        id.zip(action)
            .zip(pin)
            .map(|((id, action), pin)| (id, action, pin, confirmed)),
    )
}

pub(super) fn consents(
    request: pb::SubmitConsentsRequest,
) -> Result<(CheckInId, ActionId, Vec<Decision>, String), Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("check_in_id", request.check_in_id);
    let action = fields.id("action_id", request.action_id);
    let decisions = decisions(&mut fields, request.decisions);
    let wording = fields.text(
        "wording_version",
        request.wording_version,
        MAX_WORDING_VERSION_LEN,
    );
    let read = id.zip(action).zip(decisions).zip(wording);
    fields.finish(read.map(|(((id, action), decisions), wording)| (id, action, decisions, wording)))
}

#[cfg(test)]
mod tests;
