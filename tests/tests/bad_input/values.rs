//! What is right and what is wrong for a field, by its kind and its name.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// A value that must be refused.
pub(crate) struct Bad {
    pub(crate) value: Value,
    /// Where in the field it is wrong: `[0].item`.
    pub(crate) at: &'static str,
}

/// The optional ones; everything else is required.
const OPTIONAL: &[&str] = &[
    "madoguchi.consent.v1.FindConsentReceiptsRequest.certificate_thumbprint",
    "madoguchi.consent.v1.FindConsentReceiptsRequest.card_key",
    "madoguchi.consent.v1.FindConsentReceiptsRequest.page_token",
    "madoguchi.consent.v1.WithdrawConsentRequest.staff_id",
    "madoguchi.checkin.v1.StartCheckInRequest.medium",
    "madoguchi.auth.v1.StartAuthenticationRequest.medium",
    "madoguchi.eligibility.v1.CheckEligibilityRequest.receipt_id",
    "madoguchi.certificate.v1.CheckCertificateRequest.intermediates",
    "madoguchi.checkin.v1.SubmitPinRequest.last_try_agreed_by",
    "madoguchi.auth.v1.SubmitPinRequest.last_try_agreed_by",
    "madoguchi.fallback.v1.ListNextStepsRequest.reason",
    "madoguchi.fallback.v1.ListNextStepsRequest.medium",
    "madoguchi.fallback.v1.ListNextStepsRequest.visit_kind",
    "madoguchi.fallback.v1.ListNextStepsRequest.visit_date",
    "madoguchi.fallback.v1.ListNextStepsRequest.counter_id",
    "madoguchi.fallback.v1.RecordCaseRequest.check_in_id",
    "madoguchi.fallback.v1.RecordCaseRequest.visit_date",
    "madoguchi.fallback.v1.RecordCaseRequest.medium",
    "madoguchi.fallback.v1.RecordCaseRequest.reason",
    "madoguchi.fallback.v1.RecordCaseRequest.emr_reference",
    "madoguchi.fallback.v1.ListCasesRequest.filter",
    "madoguchi.fallback.v1.ListCasesRequest.page_token",
];

const MAX_CERTIFICATE: usize = 16 * 1024;

/// A value in which nothing is wrong; none where the field may stay empty.
pub(crate) fn good(field: &FieldDescriptor) -> Option<Value> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    match (field.name(), field.kind()) {
        (name, Kind::String) if name.ends_with("_id") => text("nothing-of-that-name"),
        ("pin", _) => text("1234"),
        ("wording_version", _) => text("2027-01"),
        ("note", _) => text("Waits for the maker."),
        ("lacking", _) => None,
        (_, Kind::Enum(_)) => Some(Value::EnumNumber(1)),
        ("challenge", _) => Some(Value::Bytes(vec![7; 32].into())),
        ("certificate" | "signature", _) => Some(Value::Bytes(vec![1].into())),
        ("decisions", Kind::Message(decision)) => Some(decisions(&decision, &[1])),
        ("attestation", Kind::Message(kind)) => Some(attestation(&kind, "staff-1")),
        _ => None,
    }
}

/// Values that must be refused; none where no value is wrong.
pub(crate) fn bad(field: &FieldDescriptor) -> Vec<Bad> {
    let required = !OPTIONAL.contains(&field.full_name());
    let values = match (field.name(), field.kind()) {
        (name, Kind::String) => texts(name, required),
        ("lacking", _) => lists(&[&[0], &[99], &[1, -1], &[1; 17]]),
        ("page_size", _) => [501, u32::MAX].map(Value::U32).into(),
        (_, Kind::Enum(_)) => [0, 99, -1, i32::MIN, i32::MAX]
            .into_iter()
            .filter(|number| required || *number != 0)
            .map(Value::EnumNumber)
            .collect(),
        (_, Kind::Message(kind)) if kind.full_name() == "google.protobuf.Duration" => {
            // Below and above what either duration may be.
            moments(
                &kind,
                &[
                    (0, 0),
                    (0, 999_999_999),
                    (901, 0),
                    (-1, 0),
                    (60, -1),
                    (60, 1_000_000_000),
                ],
            )
        }
        (_, Kind::Message(kind)) if kind.full_name() == "google.protobuf.Timestamp" => {
            moments(&kind, &[(253_402_300_800, 0), (0, -1), (0, 1_000_000_000)])
        }
        ("intermediates", _) => return intermediates(),
        ("decisions", Kind::Message(decision)) => return decision_lists(&decision),
        ("attestation", Kind::Message(kind)) => {
            let nobody = attestation(&kind, "nobody in particular");
            return vec![Bad {
                value: nobody,
                at: ".staff_id",
            }];
        }
        ("page_size", _) => vec![Value::U32(101), Value::U32(u32::MAX)],
        ("challenge", _) => blobs(&[0, 15, 1_025]),
        ("certificate", _) => blobs(&[0, MAX_CERTIFICATE + 1]),
        ("signature", _) => blobs(&[0, 1_025]),
        _ => Vec::new(),
    };
    values.into_iter().map(|value| Bad { value, at: "" }).collect()
}

fn texts(name: &str, required: bool) -> Vec<Value> {
    let long = "x".repeat(if name == "wording_version" { 4_096 } else { 129 });
    let texts: &[&str] = match name {
        "pin" => &["", "123", "12345678901234567", "12 4", "12a4", "１２３４", "-123"],
        "language" => &["not a language", "-", "日本語", "ja_JP", "ja-", &long],
        "wording_version" => &["", &long],
        "reason" => &["NO_SUCH_REASON", "card_removed", " ", &long],
        "visit_date" => &[
            "2026-02-29",
            "2026-13-01",
            "26-01-01",
            "2026/01/01",
            "今日",
            &long,
        ],
        "emr_reference" => &["two\nlines", "a\tb", &long],
        "note" => &["two\nlines", "a\tb", &"字".repeat(201)],
        _ => &["", " ", "a b", "窓口", "a\0b", "x\n", "'; --", &long],
    };
    let optional = |text: &&&str| required || !text.is_empty();
    texts
        .iter()
        .filter(optional)
        .map(|text| Value::String((*text).to_owned()))
        .collect()
}

/// Durations and timestamps have the same two fields.
fn moments(kind: &MessageDescriptor, values: &[(i64, i32)]) -> Vec<Value> {
    let always = [
        (i64::MAX, 0),
        (i64::MIN, 0),
        (i64::MAX, i32::MAX),
        (i64::MIN, i32::MIN),
    ];
    let values = always.iter().chain(values);
    let value = |&(seconds, nanos): &(i64, i32)| {
        let mut message = DynamicMessage::new(kind.clone());
        message.set_field_by_name("seconds", Value::I64(seconds));
        message.set_field_by_name("nanos", Value::I32(nanos));
        Value::Message(message)
    };
    values.map(value).collect()
}

fn blobs(lengths: &[usize]) -> Vec<Value> {
    lengths
        .iter()
        .map(|length| Value::Bytes(vec![1; *length].into()))
        .collect()
}

fn intermediates() -> Vec<Bad> {
    let list = |lengths: &[usize]| Value::List(blobs(lengths));
    vec![
        Bad {
            value: list(&[1, 0]),
            at: "[1]",
        },
        Bad {
            value: list(&[MAX_CERTIFICATE + 1]),
            at: "[0]",
        },
        Bad {
            value: list(&[1; 9]),
            at: "",
        },
    ]
}

fn lists(values: &[&[i32]]) -> Vec<Value> {
    let list = |numbers: &&[i32]| Value::List(numbers.iter().copied().map(Value::EnumNumber).collect());
    values.iter().map(list).collect()
}

fn decision_lists(decision: &MessageDescriptor) -> Vec<Bad> {
    vec![
        Bad {
            value: decisions(decision, &[]),
            at: "",
        },
        Bad {
            value: decisions(decision, &[0]),
            at: "[0].item",
        },
        Bad {
            value: decisions(decision, &[1, 99]),
            at: "[1].item",
        },
        Bad {
            value: decisions(decision, &[1, 2, -1]),
            at: "[2].item",
        },
        Bad {
            value: decisions(decision, &[1, 2, 1]),
            at: "[2].item",
        },
    ]
}

fn decisions(decision: &MessageDescriptor, items: &[i32]) -> Value {
    let one = |item: &i32| {
        let mut message = DynamicMessage::new(decision.clone());
        message.set_field_by_name("item", Value::EnumNumber(*item));
        Value::Message(message)
    };
    Value::List(items.iter().map(one).collect())
}

fn attestation(kind: &MessageDescriptor, staff_id: &str) -> Value {
    let mut message = DynamicMessage::new(kind.clone());
    for (field, number) in [("form", 2), ("cause", 1)] {
        message.set_field_by_name(field, Value::EnumNumber(number));
    }
    message.set_field_by_name("staff_id", Value::String(staff_id.to_owned()));
    Value::Message(message)
}
