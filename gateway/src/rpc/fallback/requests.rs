//! Requests of the fallback, read with all their wrong fields at once.

use std::collections::BTreeSet;

use madoguchi_auth::Ways;
use madoguchi_core::clock::{day_in_japan, parse_day};
use madoguchi_core::fallback::{Draft, EmrReference, Finding, Listed, Presented, Thing, VisitKind};
use madoguchi_core::{CaseId, CounterId, Reason, Refusal, RequestId, StaffId};
use madoguchi_fallback::Situation;
use madoguchi_proto::auth::v1 as auth;
use madoguchi_proto::fallback::v1 as pb;
use time::{Date, OffsetDateTime};

use crate::rpc::fields::Fields;
use crate::rpc::wire::fallback as wire;

/// Things that may be lacking at once.
const MAX_LACKING: usize = 16;
/// Cases on a page, where the caller does not say, and at most.
const PAGE: (u32, u32) = (100, 500);

#[derive(Debug)]
pub(super) struct ToStep {
    pub(super) situation: Situation,
    pub(super) counter_id: Option<CounterId>,
    pub(super) pin_usable: bool,
}

#[derive(Debug)]
pub(super) struct ToReconcile {
    pub(super) request_id: RequestId,
    pub(super) case_id: CaseId,
    pub(super) finding: Finding,
    pub(super) staff_id: StaffId,
}

#[derive(Debug)]
pub(super) struct ToList {
    pub(super) listed: Listed,
    pub(super) page_size: u32,
    pub(super) after: Option<CaseId>,
}

pub(super) fn next_steps(request: pb::ListNextStepsRequest, now: OffsetDateTime) -> Result<ToStep, Refusal> {
    let mut fields = Fields::default();
    let reason = reason(&mut fields, &request.reason);
    let medium = fields.optional_medium("medium", request.medium);
    let presented = match (medium, request.nothing_presented) {
        (Some(Some(_)), true) => {
            fields.wrong("nothing_presented", "must be false where a medium is given");
            None
        }
        (Some(None), true) => Some(Presented::Nothing),
        (Some(None), false) => Some(Presented::Unknown),
        (Some(Some(medium)), false) => Some(Presented::Medium(medium)),
        (None, _) => None,
    };
    let visit = visit_kind(&mut fields, request.visit_kind);
    let date = date(&mut fields, &request.visit_date, now);
    let lacks = lacking(&mut fields, &request.lacking);
    let counter_id = fields.optional_id("counter_id", request.counter_id);
    let read = match (reason, presented, visit, date, lacks, counter_id) {
        (Some(reason), Some(presented), Some(visit), Some(date), Some(lacks), Some(counter_id)) => {
            Some(ToStep {
                situation: Situation {
                    reason,
                    presented,
                    visit,
                    date,
                    lacks,
                    ways: Ways::default(),
                },
                counter_id,
                pin_usable: request.pin_usable,
            })
        }
        _ => None,
    };
    fields.finish(read)
}

pub(super) fn record(
    request: pb::RecordCaseRequest,
    now: OffsetDateTime,
) -> Result<(RequestId, Draft), Refusal> {
    let mut fields = Fields::default();
    let request_id = fields.id("request_id", request.request_id);
    let counter_id = fields.id("counter_id", request.counter_id);
    let check_in_id = fields.optional_id("check_in_id", request.check_in_id);
    let visit_date = date(&mut fields, &request.visit_date, now);
    let medium = fields.optional_medium("medium", request.medium);
    let reason = reason(&mut fields, &request.reason);
    let visit = visit_kind(&mut fields, request.visit_kind);
    if visit == Some(None) {
        fields.wrong(
            "visit_kind",
            "must be given: VISIT_KIND_FIRST or VISIT_KIND_RETURNING",
        );
    }
    let document = pb::Document::try_from(request.document)
        .ok()
        .and_then(wire::read_document);
    if document.is_none() {
        fields.wrong("document", "must be a value of Document");
    }
    let claim = auth::ClaimBasis::try_from(request.claim)
        .ok()
        .and_then(wire::read_claim);
    if claim.is_none() {
        fields.wrong("claim", "must be a value of ClaimBasis");
    }
    let staff_id = fields.id("staff_id", request.staff_id);
    let emr_reference = reference(&mut fields, request.emr_reference);
    let draft = (|| {
        Some(Draft {
            counter_id: counter_id?,
            check_in_id: check_in_id?,
            visit_date: visit_date?,
            medium: medium?,
            reason: reason?,
            visit_kind: visit??,
            document: document?,
            claim: claim?,
            staff_id: staff_id?,
            emr_reference: emr_reference?,
        })
    })();
    fields.finish(request_id.zip(draft))
}

pub(super) fn reconcile(request: pb::ReconcileCaseRequest) -> Result<ToReconcile, Refusal> {
    let mut fields = Fields::default();
    let request_id = fields.id("request_id", request.request_id);
    let case_id = fields.id("case_id", request.case_id);
    let finding = pb::Finding::try_from(request.finding)
        .ok()
        .and_then(wire::read_finding);
    if finding.is_none() {
        fields.wrong("finding", "must be a value of Finding");
    }
    let staff_id = fields.id("staff_id", request.staff_id);
    let read = (|| {
        Some(ToReconcile {
            request_id: request_id?,
            case_id: case_id?,
            finding: finding?,
            staff_id: staff_id?,
        })
    })();
    fields.finish(read)
}

pub(super) fn case(request: pb::GetCaseRequest) -> Result<CaseId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("case_id", request.case_id);
    fields.finish(id)
}

pub(super) fn list(request: pb::ListCasesRequest) -> Result<ToList, Refusal> {
    let mut fields = Fields::default();
    let listed = match pb::CaseFilter::try_from(request.filter) {
        Ok(pb::CaseFilter::Unspecified | pb::CaseFilter::Open) => Some(Listed::Open),
        Ok(pb::CaseFilter::Settled) => Some(Listed::Settled),
        Ok(pb::CaseFilter::All) => Some(Listed::All),
        Err(_) => {
            fields.wrong("filter", "is not a value of CaseFilter");
            None
        }
    };
    let (default, most) = PAGE;
    let page_size = fields.page_size(request.page_size, default, most);
    let after = fields.optional_id("page_token", request.page_token);
    let read = (|| {
        Some(ToList {
            listed: listed?,
            page_size: page_size?,
            after: after?,
        })
    })();
    fields.finish(read)
}

fn reason(fields: &mut Fields, code: &str) -> Option<Option<Reason>> {
    if code.is_empty() {
        return Some(None);
    }
    let read = code.parse();
    if read.is_err() {
        fields.wrong("reason", "must be a code of the reason catalogue");
    }
    read.ok().map(Some)
}

fn visit_kind(fields: &mut Fields, value: i32) -> Option<Option<VisitKind>> {
    match pb::VisitKind::try_from(value) {
        Ok(pb::VisitKind::Unspecified) => Some(None),
        Ok(pb::VisitKind::First) => Some(Some(VisitKind::First)),
        Ok(pb::VisitKind::Returning) => Some(Some(VisitKind::Returning)),
        Err(_) => {
            fields.wrong("visit_kind", "is not a value of VisitKind");
            None
        }
    }
}

/// A day; today where it is not given.
fn date(fields: &mut Fields, text: &str, now: OffsetDateTime) -> Option<Date> {
    if text.is_empty() {
        return Some(day_in_japan(now));
    }
    let read = parse_day(text);
    if read.is_err() {
        fields.wrong("visit_date", "must be a day of the calendar, YYYY-MM-DD");
    }
    read.ok()
}

fn lacking(fields: &mut Fields, values: &[i32]) -> Option<BTreeSet<Thing>> {
    if values.len() > MAX_LACKING {
        fields.wrong("lacking", format!("must have at most {MAX_LACKING} values"));
        return None;
    }
    let things = values.iter().map(|value| {
        auth::NeededThing::try_from(*value)
            .ok()
            .and_then(wire::read_thing)
    });
    let things: Option<BTreeSet<Thing>> = things.collect();
    match things {
        // Staff are whoever asks, and without them the ladder has no end.
        Some(things) if !things.contains(&Thing::Staff) => Some(things),
        _ => {
            fields.wrong(
                "lacking",
                "must be values of NeededThing, and not NEEDED_THING_STAFF",
            );
            None
        }
    }
}

fn reference(fields: &mut Fields, text: String) -> Option<Option<EmrReference>> {
    if text.is_empty() {
        return Some(None);
    }
    let read = EmrReference::new(text);
    if let Err(invalid) = &read {
        fields.wrong("emr_reference", invalid.to_string());
    }
    read.ok().map(Some)
}

#[cfg(test)]
mod tests;
