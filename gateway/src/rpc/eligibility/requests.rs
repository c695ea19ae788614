//! Requests without a card, and about results that nobody waits for.

use std::collections::BTreeSet;

use madoguchi_core::clock::parse_day;
use madoguchi_core::eligibility::{Booking, NumberQuery, Person};
use madoguchi_core::{BatchCheckId, CheckInId, CounterId, Refusal, RequestId, ResultId, StaffId};
use madoguchi_proto::eligibility::v1 as pb;
use time::Date;

use crate::rpc::fields::Fields;

/// Bookings of one batch.
const MAX_BOOKINGS: usize = 1_000;
const MAX_TEXT: usize = 150;

pub(super) fn by_number(
    request: pb::CheckEligibilityByNumberRequest,
) -> Result<(NumberQuery, Option<CounterId>), Refusal> {
    let mut fields = Fields::default();
    let request_id: Option<RequestId> = fields.id("request_id", request.request_id);
    let query = query(&mut fields, "query", request.query, request_id.as_ref());
    let counter_id = fields.optional_id("counter_id", request.counter_id);
    fields.finish(query.zip(counter_id))
}

pub(super) fn create_batch(
    request: pb::CreateBatchCheckRequest,
) -> Result<(RequestId, Vec<Booking>), Refusal> {
    let mut fields = Fields::default();
    let request_id: Option<RequestId> = fields.id("request_id", request.request_id);
    if !(1..=MAX_BOOKINGS).contains(&request.bookings.len()) {
        fields.wrong("bookings", format!("must be 1 to {MAX_BOOKINGS}"));
        return fields.finish(None);
    }
    let mut seen = BTreeSet::new();
    let mut day: Option<String> = None;
    let mut bookings = Vec::with_capacity(request.bookings.len());
    for (index, booking) in request.bookings.into_iter().enumerate() {
        let field = format!("bookings[{index}]");
        let reference = fields.text(&format!("{field}.reference"), booking.reference, MAX_TEXT);
        if let Some(reference) = &reference
            && !seen.insert(reference.clone())
        {
            fields.wrong(
                format!("{field}.reference"),
                "is another booking's of this batch too",
            );
        }
        // The national service takes one date for a batch.
        if let Some(query) = &booking.query
            && *day.get_or_insert_with(|| query.confirmation_date.clone()) != query.confirmation_date
        {
            fields.wrong(
                format!("{field}.query.confirmation_date"),
                "must be that of the batch's other bookings",
            );
        }
        let query = query(
            &mut fields,
            &format!("{field}.query"),
            booking.query,
            request_id.as_ref(),
        );
        if let (Some(reference), Some(query)) = (reference, query) {
            bookings.push(Booking { reference, query });
        }
    }
    let read = request_id.map(|request_id| (request_id, bookings));
    fields.finish(read)
}

pub(super) fn get_batch(request: pb::GetBatchCheckRequest) -> Result<BatchCheckId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("batch_check_id", request.batch_check_id);
    fields.finish(id)
}

pub(super) fn assign(request: pb::AssignResultRequest) -> Result<(ResultId, CheckInId, StaffId), Refusal> {
    let mut fields = Fields::default();
    let result = fields.id("result_id", request.result_id);
    let visit = fields.id("check_in_id", request.check_in_id);
    let staff = fields.id("staff_id", request.staff_id);
    let read = match (result, visit, staff) {
        (Some(result), Some(visit), Some(staff)) => Some((result, visit, staff)),
        _ => None,
    };
    fields.finish(read)
}

/// Whom the caller expects; what is wrong is named.
pub(crate) fn expected(fields: &mut Fields, wire: Option<pb::ExpectedPerson>) -> Option<Person> {
    let wire = wire?;
    let birth_date = match wire.birth_date.as_str() {
        "" => None,
        text => date(fields, "expected_person.birth_date", text),
    };
    let mut given = |name: &str, text: String| match text.trim().is_empty() {
        true => None,
        false => fields.text(&format!("expected_person.{name}"), text, MAX_TEXT),
    };
    let branch_number = given("branch_number", wire.branch_number);
    let symbol = given("symbol", wire.symbol);
    let is_branch =
        |text: &String| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let expected = Person {
        birth_date,
        name_kana: given("name_kana", wire.name_kana),
        insurer_number: given("insurer_number", wire.insurer_number),
        number: given("number", wire.number),
        symbol,
        branch_number,
        reference_number: given("reference_number", wire.reference_number),
    };
    if expected
        .branch_number
        .as_ref()
        .is_some_and(|text| !is_branch(text))
    {
        fields.wrong("expected_person.branch_number", "must be 1 or 2 digits");
    }
    Some(expected)
}

fn query(
    fields: &mut Fields,
    field: &str,
    wire: Option<pb::NumberQuery>,
    request_id: Option<&RequestId>,
) -> Option<NumberQuery> {
    let Some(wire) = wire else {
        fields.wrong(field, "must be given");
        return None;
    };
    let insurer_number = wire.insurer_number.trim().to_owned();
    let digits = insurer_number.bytes().all(|byte| byte.is_ascii_digit());
    let insurer = (1..=8).contains(&insurer_number.len()) && digits;
    if !insurer {
        fields.wrong(format!("{field}.insurer_number"), "must be 1 to 8 digits");
    }
    let number = fields.text(&format!("{field}.number"), wire.number, MAX_TEXT);
    let mut optional = |name: &str, text: String| match text.is_empty() {
        true => Some(None),
        false => fields.text(&format!("{field}.{name}"), text, MAX_TEXT).map(Some),
    };
    let symbol = optional("symbol", wire.symbol);
    let branch_number = optional("branch_number", wire.branch_number);
    let birth_date = date(fields, &format!("{field}.birth_date"), &wire.birth_date);
    let on = match wire.confirmation_date.as_str() {
        "" => Some(None),
        text => date(fields, &format!("{field}.confirmation_date"), text).map(Some),
    };
    Some(NumberQuery {
        request_id: request_id?.clone(),
        insurer_number: insurer.then_some(insurer_number)?,
        symbol: symbol?,
        number: number?,
        branch_number: branch_number?,
        birth_date: birth_date?,
        on: on?,
    })
}

fn date(fields: &mut Fields, field: &str, text: &str) -> Option<Date> {
    let read = parse_day(text).ok();
    if read.is_none() {
        fields.wrong(field, "must be a date, such as 1980-04-01");
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;

    fn query() -> pb::NumberQuery {
        pb::NumberQuery {
            insurer_number: "06139999".to_owned(),
            symbol: "見本１２".to_owned(),
            number: "3456".to_owned(),
            birth_date: "1979-04-01".to_owned(),
            ..pb::NumberQuery::default()
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        assert_eq!(
            wrong_fields(by_number(Default::default())),
            ["request_id", "query"]
        );
        let wrong = pb::CheckEligibilityByNumberRequest {
            request_id: "r".to_owned(),
            query: Some(pb::NumberQuery {
                insurer_number: "123456789".to_owned(),
                symbol: "記".repeat(51),
                number: String::new(),
                branch_number: String::new(),
                birth_date: "1979-02-30".to_owned(),
                confirmation_date: "tomorrow".to_owned(),
            }),
            counter_id: "the one by the door".to_owned(),
        };
        assert_eq!(
            wrong_fields(by_number(wrong)),
            [
                "query.insurer_number",
                "query.number",
                "query.symbol",
                "query.birth_date",
                "query.confirmation_date",
                "counter_id"
            ]
        );
        assert_eq!(
            wrong_fields(assign(Default::default())),
            ["result_id", "check_in_id", "staff_id"]
        );
    }

    #[test]
    fn a_batch_names_each_booking_once() {
        let booking = |reference: &str| pb::Booking {
            reference: reference.to_owned(),
            query: Some(query()),
        };
        let batch = |bookings| pb::CreateBatchCheckRequest {
            request_id: "r".to_owned(),
            bookings,
        };
        let (_, read) = create_batch(batch(vec![booking("患者１"), booking("患者２")])).unwrap();
        assert_eq!((read.len(), read[1].query.number.as_str()), (2, "3456"));
        let twice = create_batch(batch(vec![booking("a"), booking("a")]));
        assert_eq!(wrong_fields(twice), ["bookings[1].reference"]);
        let mut later = booking("b");
        later.query.as_mut().unwrap().confirmation_date = "2026-11-27".to_owned();
        assert_eq!(
            wrong_fields(create_batch(batch(vec![booking("a"), later.clone()]))),
            ["bookings[1].query.confirmation_date"]
        );
        assert!(create_batch(batch(vec![later])).is_ok());
        assert_eq!(wrong_fields(create_batch(batch(vec![]))), ["bookings"]);
        let many = (0..1_001).map(|index| booking(&index.to_string())).collect();
        assert_eq!(wrong_fields(create_batch(batch(many))), ["bookings"]);
    }
}
