//! Checks that were put off while the eligibility service was away.

use madoguchi_core::deferral::State;
use madoguchi_core::{CallerId, CheckInId, DeferralId, Refusal, StaffId};
use madoguchi_deferral::{Query, Service as Queue};
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::deferral_service_server::DeferralService;
use time::{Duration, OffsetDateTime};
use tonic::{Request, Response, Status};

use super::disclosure::Disclosure;
use super::fields::Fields;
use super::wire::deferral as wire;
use super::{status, whole};
use crate::server::caller;

/// Checks on a page, where the caller does not say.
const PAGE: u32 = 50;
/// Checks on a page at most.
const MAX_PAGE: u32 = 100;
/// The longest time of a report: a quarter of a year.
const MAX_REPORT: Duration = Duration::days(92);

/// Serves the checks that were put off.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) queue: Queue,
    pub(crate) disclosure: Disclosure,
}

/// Which check.
#[derive(Debug)]
enum Key {
    Itself(DeferralId),
    CheckIn(CheckInId),
}

fn get_request(request: pb::GetDeferralRequest) -> Result<Key, Refusal> {
    use pb::get_deferral_request::Key as Wire;
    let mut fields = Fields::default();
    let key = match request.key {
        Some(Wire::DeferralId(id)) => fields.id("deferral_id", id).map(Key::Itself),
        Some(Wire::CheckInId(id)) => fields.id("check_in_id", id).map(Key::CheckIn),
        None => {
            fields.wrong("key", "must be given: deferral_id or check_in_id");
            None
        }
    };
    fields.finish(key)
}

fn list_request(request: pb::ListDeferralsRequest) -> Result<Query, Refusal> {
    use pb::deferral::State as Wire;
    let mut fields = Fields::default();
    let state = match Wire::try_from(request.state) {
        Ok(Wire::Unspecified | Wire::Open) => Some(State::Open),
        Ok(Wire::Answered) => Some(State::Answered),
        Ok(Wire::Refused) => Some(State::Refused),
        Ok(Wire::Abandoned) => Some(State::Abandoned),
        Err(_) => {
            fields.wrong("state", "is not a value of Deferral.State");
            None
        }
    };
    let limit = fields.page_size(request.page_size, PAGE, MAX_PAGE);
    let after = fields.optional_id("page_token", request.page_token);
    let read = match (limit, after) {
        (Some(limit), Some(after)) => Some(Query { state, after, limit }),
        _ => None,
    };
    fields.finish(read)
}

fn abandon_request(request: pb::AbandonDeferralRequest) -> Result<(DeferralId, StaffId), Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("deferral_id", request.deferral_id);
    let staff_id = fields.id("staff_id", request.staff_id);
    fields.finish(id.zip(staff_id))
}

fn report_request(
    request: pb::GetDeferralReportRequest,
) -> Result<(OffsetDateTime, OffsetDateTime), Refusal> {
    let mut fields = Fields::default();
    let from = fields.required_moment("from_time", request.from_time);
    let to = fields.required_moment("to_time", request.to_time);
    if let (Some(from), Some(to)) = (from, to)
        && (to <= from || to - from > MAX_REPORT)
    {
        fields.wrong("to_time", "must be after from_time, and at most 92 days after it");
    }
    fields.finish(from.zip(to))
}

impl Service {
    async fn get(&self, request: pb::GetDeferralRequest) -> Result<pb::GetDeferralResponse, Refusal> {
        let found = match get_request(request)? {
            Key::Itself(id) => self.queue.get(&id).await?,
            Key::CheckIn(id) => self.queue.of_check_in(&id).await?,
        };
        Ok(pb::GetDeferralResponse {
            deferral: Some(wire::deferral(self.disclosure.deferral(found).await?)),
        })
    }

    async fn list(&self, request: pb::ListDeferralsRequest) -> Result<pb::ListDeferralsResponse, Refusal> {
        let query = list_request(request)?;
        let size = query.limit;
        // One more than asked for tells whether another page follows.
        let mut found = self
            .queue
            .list(Query {
                limit: size + 1,
                ..query
            })
            .await?;
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        let next = found.last().filter(|_| more);
        Ok(pb::ListDeferralsResponse {
            next_page_token: next.map(|last| last.id.as_str().to_owned()).unwrap_or_default(),
            deferrals: found.into_iter().map(wire::line).collect(),
        })
    }

    async fn abandon(
        &self,
        caller: CallerId,
        request: pb::AbandonDeferralRequest,
    ) -> Result<pb::AbandonDeferralResponse, Refusal> {
        let (id, staff_id) = abandon_request(request)?;
        let settled = self.queue.abandon(&id, caller, staff_id).await?;
        Ok(pb::AbandonDeferralResponse {
            deferral: Some(wire::line(settled)),
        })
    }

    async fn report(
        &self,
        request: pb::GetDeferralReportRequest,
    ) -> Result<pb::GetDeferralReportResponse, Refusal> {
        let (from, to) = report_request(request)?;
        let report = self.queue.report(from, to).await?;
        Ok(pb::GetDeferralReportResponse {
            report: Some(wire::report(report)),
        })
    }
}

#[tonic::async_trait]
impl DeferralService for Service {
    async fn get_deferral(
        &self,
        request: Request<pb::GetDeferralRequest>,
    ) -> Result<Response<pb::GetDeferralResponse>, Status> {
        self.get(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn list_deferrals(
        &self,
        request: Request<pb::ListDeferralsRequest>,
    ) -> Result<Response<pb::ListDeferralsResponse>, Status> {
        self.list(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn abandon_deferral(
        &self,
        request: Request<pb::AbandonDeferralRequest>,
    ) -> Result<Response<pb::AbandonDeferralResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        whole(async move { service.abandon(caller, request).await })
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_deferral_report(
        &self,
        request: Request<pb::GetDeferralReportRequest>,
    ) -> Result<Response<pb::GetDeferralReportResponse>, Status> {
        self.report(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;

    #[test]
    fn every_wrong_field_is_named_at_once() {
        assert_eq!(
            wrong_fields(get_request(pb::GetDeferralRequest::default())),
            ["key"]
        );
        let list = pb::ListDeferralsRequest {
            state: 9,
            page_size: 101,
            page_token: "no token".to_owned(),
        };
        assert_eq!(
            wrong_fields(list_request(list)),
            ["state", "page_size", "page_token"]
        );
        let abandon = abandon_request(pb::AbandonDeferralRequest::default());
        assert_eq!(wrong_fields(abandon), ["deferral_id", "staff_id"]);
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let report = |from_time, to_time| report_request(pb::GetDeferralReportRequest { from_time, to_time });
        assert_eq!(wrong_fields(report(None, None)), ["from_time", "to_time"]);
        assert_eq!(wrong_fields(report(at(10), at(10))), ["to_time"]);
        assert_eq!(wrong_fields(report(at(0), at(93 * 86_400))), ["to_time"]);
        assert!(report(at(0), at(92 * 86_400)).is_ok());
    }

    #[test]
    fn a_list_is_of_what_is_open_unless_the_caller_says_otherwise() {
        let read = list_request(pb::ListDeferralsRequest::default()).unwrap();
        assert_eq!(
            (read.state, read.limit, read.after),
            (Some(State::Open), PAGE, None)
        );
    }
}
