//! What is right and what is wrong for a field, by its kind and its name.

mod nested;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// A value that must be refused.
pub(crate) struct Bad {
    pub(crate) value: Value,
    /// Where in the field it is wrong: `[0].item`.
    pub(crate) at: &'static str,
}

impl Bad {
    fn new(value: Value, at: &'static str) -> Self {
        Self { value, at }
    }
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
    "madoguchi.certificate.v1.ListExpiringRequest.page_token",
    "madoguchi.eligibility.v1.CheckDeferredEligibilityRequest.receipt_id",
    "madoguchi.eligibility.v1.ListDeferralsRequest.state",
    "madoguchi.eligibility.v1.ListDeferralsRequest.page_token",
    "madoguchi.eligibility.v1.CheckEligibilityByNumberRequest.counter_id",
    "madoguchi.usage.v1.RecordCheckRequest.day",
    "madoguchi.usage.v1.RecordCheckRequest.counter_id",
];

/// Messages within a request that must be there.
const REQUIRED: &[&str] = &[
    "madoguchi.consent.v1.RecordConsentRequest.attestation",
    "madoguchi.eligibility.v1.CheckDeferredEligibilityRequest.verify_time",
    "madoguchi.eligibility.v1.CheckEligibilityByNumberRequest.query",
    "madoguchi.eligibility.v1.GetDeferralReportRequest.from_time",
    "madoguchi.eligibility.v1.GetDeferralReportRequest.to_time",
];

/// How many a page may have at most.
const PAGES: &[(&str, u32)] = &[
    ("madoguchi.audit.v1.ListAuditEventsRequest", 1_000),
    ("madoguchi.audit.v1.ListCheckpointsRequest", 1_000),
    ("madoguchi.certificate.v1.ListExpiringRequest", 1_000),
    ("madoguchi.consent.v1.FindConsentReceiptsRequest", 100),
    ("madoguchi.eligibility.v1.ListDeferralsRequest", 100),
    ("madoguchi.fallback.v1.ListCasesRequest", 500),
];

/// Numbers of a log that are wrong whatever is in it; those of a visit are wrong in the light of the visit.
const NUMBERED: &[(&str, &[u64])] = &[
    ("madoguchi.audit.v1.ListAuditEventsRequest", &[1 << 63, u64::MAX]),
    // There is no checkpoint of that number.
    (
        "madoguchi.audit.v1.ExportAuditEventsRequest",
        &[1_000_000, (1 << 63) - 1, 1 << 63, u64::MAX],
    ),
    ("madoguchi.audit.v1.ListCheckpointsRequest", &[1 << 63, u64::MAX]),
    (
        "madoguchi.consent.v1.WatchConsentEventsRequest",
        &[1 << 63, u64::MAX],
    ),
];

/// 2026-11-01 in Japan.
const A_DAY: i64 = 1_793_458_800;
const DAY: i64 = 86_400;

/// Whether the field is a message that must be there.
pub(crate) fn is_required_message(field: &FieldDescriptor) -> bool {
    REQUIRED.contains(&field.full_name())
}

fn of_request<T: Copy>(field: &FieldDescriptor, list: &[(&str, T)]) -> Option<T> {
    let request = field.parent_message();
    let found = list.iter().find(|(name, _)| *name == request.full_name());
    found.map(|(_, value)| *value)
}

const MAX_CERTIFICATE: usize = 16 * 1024;

/// A value in which nothing is wrong; none where the field may stay empty.
pub(crate) fn good(field: &FieldDescriptor) -> Option<Value> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    match (field.name(), field.kind()) {
        (name, Kind::String) if name.ends_with("_id") => text("nothing-of-that-name"),
        ("pin", _) => text("1234"),
        ("wording_version", _) => text("2027-01"),
        ("note", _) => text("Waits for the maker."),
        ("lacking" | "group_by", _) => None,
        ("from_day" | "from_date", _) => text("2026-11-01"),
        ("to_day" | "to_date", _) => text("2026-11-30"),
        ("from_time" | "verify_time", Kind::Message(kind)) if is_required_message(field) => {
            moments(&kind, &[(A_DAY, 0)]).pop()
        }
        ("to_time", Kind::Message(kind)) => moments(&kind, &[(A_DAY + DAY, 0)]).pop(),
        ("query", Kind::Message(kind)) => Some(nested::query(&kind, &[])),
        ("bookings", Kind::Message(kind)) => Some(nested::bookings(&kind, &["a"], &[])),
        (_, Kind::Enum(_)) => Some(Value::EnumNumber(1)),
        ("challenge", _) => Some(Value::Bytes(vec![7; 32].into())),
        ("certificate" | "signature", _) => Some(Value::Bytes(vec![1].into())),
        ("decisions", Kind::Message(decision)) => Some(nested::decisions(&decision, &[1])),
        ("attestation", Kind::Message(kind)) => Some(nested::attestation(&kind, &[])),
        _ => None,
    }
}

/// Values that must be refused; none where no value is wrong.
pub(crate) fn bad(field: &FieldDescriptor) -> Vec<Bad> {
    let required = !OPTIONAL.contains(&field.full_name());
    let values = match (field.name(), field.kind()) {
        (name, Kind::String) => texts(name, required),
        ("lacking", _) => lists(&[&[0], &[99], &[1, -1], &[1; 17]]),
        ("group_by", _) => return nested::groups(),
        ("page_size", _) => of_request(field, PAGES)
            .map(|most| [most + 1, u32::MAX].map(Value::U32).into())
            .unwrap_or_default(),
        ("after_sequence", _) => of_request(field, NUMBERED)
            .map(|numbers| numbers.iter().copied().map(Value::U64).collect())
            .unwrap_or_default(),
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
            // Before the time begins, and behind the longest report.
            let out_of_bounds = [(A_DAY, 0), (A_DAY - 1, 0), (A_DAY + 92 * DAY, 1)];
            let bounded: &[_] = match field.name() {
                "to_time" => &out_of_bounds,
                _ => &[],
            };
            let malformed = [(253_402_300_800, 0), (0, -1), (0, 1_000_000_000)];
            moments(&kind, &[bounded, &malformed].concat())
        }
        ("intermediates", _) => return nested::intermediates(),
        ("decisions", Kind::Message(kind)) => return nested::decision_lists(&kind),
        ("attestation", Kind::Message(kind)) => return nested::attestations(&kind),
        ("query", Kind::Message(kind)) => return nested::queries(&kind),
        ("bookings", Kind::Message(kind)) => return nested::booking_lists(&kind),
        ("expected_person", Kind::Message(kind)) => return nested::persons(&kind),
        ("receipt", Kind::Message(kind)) => return nested::receipts(&kind),
        ("challenge", _) => blobs(&[0, 15, 1_025]),
        ("certificate", _) => blobs(&[0, MAX_CERTIFICATE + 1]),
        ("signature", _) => blobs(&[0, 1_025]),
        _ => Vec::new(),
    };
    values.into_iter().map(|value| Bad::new(value, "")).collect()
}

fn texts(name: &str, required: bool) -> Vec<Value> {
    let long = "x".repeat(if name == "wording_version" { 4_096 } else { 129 });
    let days = [
        "",
        "2026-02-29",
        "2026-13-01",
        "26-01-01",
        "2026/01/01",
        "今日",
        &long,
    ];
    let texts: &[&str] = match name {
        "pin" => &["", "123", "12345678901234567", "12 4", "12a4", "１２３４", "-123"],
        "language" => &["not a language", "-", "日本語", "ja_JP", "ja-", &long],
        "wording_version" => &["", &long],
        "reason" => &["NO_SUCH_REASON", "card_removed", " ", &long],
        "visit_date" | "from_day" | "from_date" => &days,
        // Before the first day; too long after it; and, last, what is no day.
        "to_day" | "to_date" => &[&["2026-10-31", "2028-06-30"][..], &days].concat(),
        // What is ahead has not been checked yet.
        "day" => &[&["9999-12-31"][..], &days].concat(),
        "certificate_thumbprint" | "card_key" => &[
            "",
            " ",
            "a b",
            "窓口",
            &"A".repeat(64),
            &"a".repeat(63),
            &"a".repeat(65),
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

fn lists(values: &[&[i32]]) -> Vec<Value> {
    let list = |numbers: &&[i32]| Value::List(numbers.iter().copied().map(Value::EnumNumber).collect());
    values.iter().map(list).collect()
}
