//! How often the card is used.

use std::sync::Arc;

use madoguchi_core::clock::{day_in_japan, parse_day};
use madoguchi_core::{CallerId, Clock, CounterId, Refusal, RequestId};
use madoguchi_proto::usage::v1 as pb;
use madoguchi_proto::usage::v1::usage_service_server::UsageService;
use madoguchi_usage::{Check, Group, Key, Kind, Usage};
use time::Date;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::status;
use super::wire::usage as wire;
use crate::server::caller;

/// Serves the usage report.
pub(crate) struct Service {
    pub(crate) usage: Usage,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Fields {
    fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        parse_day(text)
            .map_err(|invalid| self.wrong(field, invalid.to_string()))
            .ok()
    }
}

#[derive(Debug, PartialEq)]
struct ToReport {
    from: Date,
    to: Date,
    by: Vec<Group>,
}

fn report_request(request: pb::GetUsageReportRequest) -> Result<ToReport, Refusal> {
    let mut fields = Fields::default();
    let from = fields.day("from_day", &request.from_day);
    let to = fields.day("to_day", &request.to_day);
    let mut by = Vec::new();
    let mut all = true;
    for (index, value) in request.group_by.into_iter().enumerate() {
        match group(value) {
            Some(group) if !by.contains(&group) => by.push(group),
            _ => {
                fields.wrong(
                    format!("group_by[{index}]"),
                    "must be a value of UsageGroup, each once",
                );
                all = false;
            }
        }
    }
    let read = match (from, to) {
        (Some(from), Some(to)) if all => Some(ToReport { from, to, by }),
        _ => None,
    };
    fields.finish(read)
}

fn group(value: i32) -> Option<Group> {
    match pb::UsageGroup::try_from(value).ok()? {
        pb::UsageGroup::Unspecified => None,
        pb::UsageGroup::Day => Some(Group::Day),
        pb::UsageGroup::Counter => Some(Group::Counter),
        pb::UsageGroup::Medium => Some(Group::Medium),
        pb::UsageGroup::Method => Some(Group::Method),
    }
}

fn kind(value: i32) -> Option<Kind> {
    match pb::CheckKind::try_from(value).ok()? {
        pb::CheckKind::Unspecified => None,
        pb::CheckKind::Card => Some(Kind::Card),
        pb::CheckKind::Number => Some(Kind::Number),
        pb::CheckKind::Certificate => Some(Kind::Certificate),
        pb::CheckKind::Other => Some(Kind::Other),
    }
}

fn check_request(caller: &CallerId, today: Date, request: pb::RecordCheckRequest) -> Result<Check, Refusal> {
    let mut fields = Fields::default();
    let request_id: Option<RequestId> = fields.id("request_id", request.request_id);
    let kind = kind(request.kind);
    if kind.is_none() {
        fields.wrong("kind", "must be given: a value of CheckKind");
    }
    let day = match request.day.as_str() {
        "" => Some(today),
        text => fields.day("day", text),
    };
    // What is ahead has not been checked yet.
    if day.is_some_and(|day| day > today) {
        fields.wrong("day", "must not be after today");
    }
    let counter_id: Option<Option<CounterId>> = fields.optional_id("counter_id", request.counter_id);
    let read = match (request_id, kind, day, counter_id) {
        (Some(request_id), Some(kind), Some(day), Some(counter_id)) => Some(Check {
            key: Key::of_request(caller, &request_id),
            day,
            counter_id,
            kind,
            medium: None,
            method: None,
        }),
        _ => None,
    };
    fields.finish(read)
}

impl Service {
    async fn report(
        &self,
        request: pb::GetUsageReportRequest,
    ) -> Result<pb::GetUsageReportResponse, Refusal> {
        let ToReport { from, to, by } = report_request(request)?;
        Ok(wire::report(self.usage.report(from, to, &by).await?))
    }

    async fn record(
        &self,
        caller: &CallerId,
        request: pb::RecordCheckRequest,
    ) -> Result<pb::RecordCheckResponse, Refusal> {
        let check = check_request(caller, day_in_japan(self.clock.now()), request)?;
        let day = check.day.to_string();
        self.usage.record(check).await?;
        Ok(pb::RecordCheckResponse { day })
    }
}

#[tonic::async_trait]
impl UsageService for Service {
    async fn get_usage_report(
        &self,
        request: Request<pb::GetUsageReportRequest>,
    ) -> Result<Response<pb::GetUsageReportResponse>, Status> {
        let report = self.report(request.into_inner()).await;
        report.map(Response::new).map_err(status::of)
    }

    async fn record_check(
        &self,
        request: Request<pb::RecordCheckRequest>,
    ) -> Result<Response<pb::RecordCheckResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let recorded = self.record(&caller, request.into_inner()).await;
        recorded.map(Response::new).map_err(status::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 22);

    fn check(request: pb::RecordCheckRequest) -> Result<Check, Refusal> {
        check_request(&CallerId::new("loopback").unwrap(), TODAY, request)
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        assert_eq!(
            wrong_fields(report_request(pb::GetUsageReportRequest {
                from_day: "today".to_owned(),
                to_day: String::new(),
                group_by: vec![1, 1, 0, 9],
            })),
            ["from_day", "to_day", "group_by[1]", "group_by[2]", "group_by[3]"]
        );
        assert_eq!(
            wrong_fields(check(pb::RecordCheckRequest {
                request_id: String::new(),
                kind: 9,
                day: "2026-11-23".to_owned(),
                counter_id: "窓口".to_owned(),
            })),
            ["request_id", "kind", "day", "counter_id"]
        );
    }

    #[test]
    fn a_check_is_of_today_unless_it_says_so() {
        let request = pb::RecordCheckRequest {
            request_id: "a".to_owned(),
            kind: pb::CheckKind::Number.into(),
            ..Default::default()
        };
        let read = check(request.clone()).unwrap();
        assert_eq!(
            (read.day, read.kind, read.counter_id),
            (TODAY, Kind::Number, None)
        );
        let day = "2026-11-01".to_owned();
        assert_eq!(
            check(pb::RecordCheckRequest { day, ..request }).unwrap().day,
            date!(2026 - 11 - 01)
        );
    }

    #[test]
    fn the_wire_knows_every_group_and_kind() {
        let groups: Vec<_> = (0..9).filter_map(group).collect();
        assert_eq!(groups, Group::ALL);
        let kinds: Vec<_> = (0..9).filter_map(kind).collect();
        assert_eq!(kinds, Kind::ALL);
    }
}
