//! Values of fields that are lists or messages, and where in them something is wrong.

use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, Value};

use super::{Bad, MAX_CERTIFICATE, blobs};

/// A field of a message that has another value than a good one.
type Other<'a> = &'a [(&'a str, Value)];

/// A message with these fields, of which a later one counts.
fn message(kind: &MessageDescriptor, good: &[(&str, Value)], other: Other<'_>) -> Value {
    let mut message = DynamicMessage::new(kind.clone());
    for (field, value) in good.iter().chain(other) {
        message.set_field_by_name(field, value.clone());
    }
    Value::Message(message)
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// The kind of a message within a message.
fn kind_of(kind: &MessageDescriptor, field: &str) -> MessageDescriptor {
    match kind.get_field_by_name(field).unwrap().kind() {
        Kind::Message(kind) => kind,
        other => panic!("{field} is {other:?}"),
    }
}

pub(super) fn groups() -> Vec<Bad> {
    let list = |numbers: &[i32]| Value::List(numbers.iter().copied().map(Value::EnumNumber).collect());
    vec![
        Bad::new(list(&[0]), "[0]"),
        Bad::new(list(&[-1]), "[0]"),
        Bad::new(list(&[1, 2, 1]), "[2]"),
        Bad::new(list(&[1, 99]), "[1]"),
    ]
}

pub(super) fn intermediates() -> Vec<Bad> {
    let list = |lengths: &[usize]| Value::List(blobs(lengths));
    vec![
        Bad::new(list(&[1, 0]), "[1]"),
        Bad::new(list(&[MAX_CERTIFICATE + 1]), "[0]"),
        Bad::new(list(&[1; 9]), ""),
    ]
}

pub(super) fn decision_lists(decision: &MessageDescriptor) -> Vec<Bad> {
    vec![
        Bad::new(decisions(decision, &[]), ""),
        Bad::new(decisions(decision, &[0]), "[0].item"),
        Bad::new(decisions(decision, &[1, 99]), "[1].item"),
        Bad::new(decisions(decision, &[1, 2, -1]), "[2].item"),
        Bad::new(decisions(decision, &[1, 2, 1]), "[2].item"),
    ]
}

pub(super) fn decisions(decision: &MessageDescriptor, items: &[i32]) -> Value {
    let one = |item: &i32| {
        let mut message = DynamicMessage::new(decision.clone());
        message.set_field_by_name("item", Value::EnumNumber(*item));
        Value::Message(message)
    };
    Value::List(items.iter().map(one).collect())
}

pub(super) fn attestation(kind: &MessageDescriptor, other: Other<'_>) -> Value {
    let good = [
        ("form", Value::EnumNumber(2)),
        ("cause", Value::EnumNumber(1)),
        ("staff_id", text("staff-1")),
    ];
    message(kind, &good, other)
}

pub(super) fn attestations(kind: &MessageDescriptor) -> Vec<Bad> {
    let wrong = |field: &str, value, at| Bad::new(attestation(kind, &[(field, value)]), at);
    vec![
        wrong("form", Value::EnumNumber(0), ".form"),
        wrong("form", Value::EnumNumber(99), ".form"),
        wrong("cause", Value::EnumNumber(0), ".cause"),
        wrong("cause", Value::EnumNumber(-1), ".cause"),
        // A paper is kept somewhere.
        wrong("form", Value::EnumNumber(1), ".document_reference"),
        wrong("document_reference", text("two\nlines"), ".document_reference"),
        wrong(
            "document_reference",
            text(&"字".repeat(65)),
            ".document_reference",
        ),
        wrong("staff_id", text(""), ".staff_id"),
        wrong("staff_id", text("nobody in particular"), ".staff_id"),
    ]
}

/// A question by the number of an insurance card.
pub(super) fn query(kind: &MessageDescriptor, other: Other<'_>) -> Value {
    let good = [
        ("insurer_number", text("06139999")),
        ("symbol", text("見本１２")),
        ("number", text("3456")),
        ("birth_date", text("1979-04-01")),
    ];
    message(kind, &good, other)
}

/// What is wrong in a question, and with what.
fn wrong_in_query() -> Vec<(&'static str, Value)> {
    let long = text(&"9".repeat(151));
    vec![
        ("insurer_number", text("")),
        ("insurer_number", text("123456789")),
        ("insurer_number", text("1234567a")),
        ("insurer_number", text("１２３")),
        ("symbol", long.clone()),
        ("number", text("")),
        ("number", long.clone()),
        ("branch_number", long),
        ("birth_date", text("")),
        ("birth_date", text("1979-02-29")),
        ("birth_date", text("昭和54年")),
        ("confirmation_date", text("2026-13-01")),
        ("confirmation_date", text("tomorrow")),
    ]
}

pub(super) fn queries(kind: &MessageDescriptor) -> Vec<Bad> {
    let at = |field: &str| match field {
        "insurer_number" => ".insurer_number",
        "symbol" => ".symbol",
        "number" => ".number",
        "branch_number" => ".branch_number",
        "birth_date" => ".birth_date",
        _ => ".confirmation_date",
    };
    let wrong = wrong_in_query().into_iter();
    wrong
        .map(|(field, value)| Bad::new(query(kind, &[(field, value)]), at(field)))
        .collect()
}

/// A booking for each reference; in the question of each the same is wrong.
pub(super) fn bookings(kind: &MessageDescriptor, references: &[&str], other: Other<'_>) -> Value {
    let question = query(&kind_of(kind, "query"), other);
    let one = |reference: &&str| {
        let fields = [("reference", text(reference)), ("query", question.clone())];
        message(kind, &fields, &[])
    };
    Value::List(references.iter().map(one).collect())
}

pub(super) fn booking_lists(kind: &MessageDescriptor) -> Vec<Bad> {
    let many: Vec<_> = (0..1_001).map(|index| index.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let at = |field: &str| match field {
        "insurer_number" => "[0].query.insurer_number",
        "symbol" => "[0].query.symbol",
        "number" => "[0].query.number",
        "branch_number" => "[0].query.branch_number",
        "birth_date" => "[0].query.birth_date",
        _ => "[0].query.confirmation_date",
    };
    let unasked = message(kind, &[("reference", text("a"))], &[]);
    let mut lists = vec![
        Bad::new(bookings(kind, &[], &[]), ""),
        Bad::new(bookings(kind, &many, &[]), ""),
        Bad::new(bookings(kind, &["a", ""], &[]), "[1].reference"),
        Bad::new(bookings(kind, &["a", "b", "a"], &[]), "[2].reference"),
        Bad::new(bookings(kind, &["a", &"b".repeat(151)], &[]), "[1].reference"),
        Bad::new(Value::List(vec![unasked]), "[0].query"),
    ];
    let wrong = wrong_in_query().into_iter();
    lists.extend(wrong.map(|(field, value)| Bad::new(bookings(kind, &["a"], &[(field, value)]), at(field))));
    lists
}

/// Whom a caller expects. Only the day of birth has a form: the others are compared with what arrives, as they are.
pub(super) fn persons(kind: &MessageDescriptor) -> Vec<Bad> {
    let of = |day: &str| Bad::new(message(kind, &[("birth_date", text(day))], &[]), ".birth_date");
    ["1979-02-29", "1979/04/01", " ", "昭和54年"].map(of).into()
}

/// Receipts that came along. From who is no gateway also one that is whole is wrong.
pub(super) fn receipts(kind: &MessageDescriptor) -> Vec<Bad> {
    let at = |seconds, nanos| {
        let kind = kind_of(kind, "record_time");
        let fields = [("seconds", Value::I64(seconds)), ("nanos", Value::I32(nanos))];
        message(&kind, &fields, &[])
    };
    let good = [
        ("receipt_id", text("a-receipt")),
        ("capture_method", Value::EnumNumber(1)),
        ("record_time", at(0, 0)),
    ];
    let withdrawn = message(&kind_of(kind, "withdrawal"), &[], &[]);
    let others: [Other<'_>; 7] = [
        &[],
        &[("receipt_id", text("a b"))],
        &[("capture_method", Value::EnumNumber(99))],
        &[("record_time", at(i64::MAX, 0))],
        &[("record_time", at(0, -1))],
        &[("withdrawal", withdrawn)],
        &[("capture_method", Value::EnumNumber(0))],
    ];
    others
        .map(|other| Bad::new(message(kind, &good, other), ""))
        .into()
}
