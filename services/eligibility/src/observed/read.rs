//! A result to canonical records.

use madoguchi_core::eligibility::{Processing, RawField, Report, Source, Validity, What};

use super::insurance::insurance;
use super::known::outside;
use super::value::{date8, look, moment14, narrow};
use crate::Record;
use crate::xml::{Leaf, Node, flatten};

const RESULT: &str = "ResultOfQualificationConfirmation";
const UNIT: &str = "BulkConfirmUnit";
/// Where insurances and persons are read.
const READ: &[&str] = &[
    "MessageBody/ResultOfQualificationConfirmation",
    "MessageBody/ResultList/ResultOfQualificationConfirmation",
    "MessageBody/BulkConfirmUnit",
    "MessageBody/BulkConfirmUnit/ResultOfQualificationConfirmation",
    "MessageBody/BulkConfirmUnit/ResultList/ResultOfQualificationConfirmation",
];
/// Insurances of one answer.
const MAX_RESULTS: usize = 100;
/// Characters of a code.
const MAX_CODE: usize = 16;

/// Why a result is none that could be answered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// SegmentOfResult 2: the national service is still at it.
    #[error("the result is still being made")]
    InProgress,
    /// SegmentOfResult 9, or ProcessingResultStatus 2.
    #[error("the national service refused with {0}")]
    Refused(String),
    /// An element that every result has is missing or holds something else.
    #[error("the result has no usable {0}")]
    Element(&'static str),
}

/// One person of a batch's result.
#[derive(Debug)]
pub struct Unit {
    /// ArbitraryIdentifier of the question.
    pub identifier: String,
    /// What is known of the person.
    pub record: Result<Record, Unreadable>,
}

/// Reads the result of one check, or what a visit at the terminal's own reader left.
///
/// # Errors
/// [`Unreadable`].
pub fn read(root: &Node) -> Result<Record, Unreadable> {
    let body = root
        .child("MessageBody")
        .ok_or(Unreadable::Element("MessageBody"))?;
    let (processing, outer) = head(root)?;
    person(body, processing, &outer)
}

/// Reads the result of a batch: each person by itself.
///
/// # Errors
/// [`Unreadable`], where the batch as a whole has no result.
pub fn units(root: &Node) -> Result<Vec<Unit>, Unreadable> {
    let (processing, outer) = head(root)?;
    let body = root
        .child("MessageBody")
        .ok_or(Unreadable::Element("MessageBody"))?;
    let unit = |node: &Node| {
        let search = node.child("QualificationConfirmSearchInfo");
        let identifier = search.and_then(|search| search.child("ArbitraryIdentifier"));
        // What stands beside the persons is said to each of them, what stands in one to that one.
        let mut outer = outer.clone();
        outer.add("MessageBody/BulkConfirmUnit", node);
        Unit {
            identifier: identifier
                .map(|node| node.text.trim().to_owned())
                .unwrap_or_default(),
            record: person(node, processing.clone(), &outer),
        }
    };
    Ok(body.all(UNIT).map(unit).collect())
}

/// The header, and whether there is a result at all.
fn head(root: &Node) -> Result<(Processing, Outer), Unreadable> {
    if root.name != "XmlMsg" {
        return Err(Unreadable::Element("XmlMsg"));
    }
    let header = root
        .child("MessageHeader")
        .ok_or(Unreadable::Element("MessageHeader"))?;
    let text = |name| {
        header
            .child(name)
            .map(|node| narrow(&node.text))
            .filter(|text| !text.is_empty())
    };
    let processing = Processing {
        executed_at: text("ProcessExecutionTime").as_deref().and_then(moment14),
        confirmation_date: text("QualificationConfirmationDate").as_deref().and_then(date8),
        institution_code: text("MedicalInstitutionCode"),
        reference_classification: text("ReferenceClassification"),
        segment: text("SegmentOfResult"),
        error_code: text("ErrorCode"),
        error_message: header
            .child("ErrorMessage")
            .map(|node| node.text.clone())
            .filter(|text| !text.is_empty()),
        ..Processing::default()
    };
    match processing.segment.as_deref() {
        Some("1") => {}
        Some("2") => return Err(Unreadable::InProgress),
        Some("9") => return Err(refused(processing.error_code)),
        _ => return Err(Unreadable::Element("SegmentOfResult")),
    }
    let mut outer = Outer::default();
    outer.add("", root);
    Ok((processing, outer))
}

/// Codes are short and plain. What is not gets into no log.
fn refused(code: Option<String>) -> Unreadable {
    let code = code.unwrap_or_default();
    let is_code = code.len() <= MAX_CODE && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Unreadable::Refused(if is_code { code } else { "malformed".to_owned() })
}

/// What stands outside the insurances, which are read one by one.
#[derive(Clone, Default)]
struct Outer {
    leaves: Vec<Leaf>,
    /// Insurances and persons in places where none are read: their values could need a consent.
    left_out: Vec<String>,
}

impl Outer {
    fn add(&mut self, path: &str, node: &Node) {
        let rest = self.without_results(path, node);
        self.leaves
            .extend(flatten(&rest).into_iter().map(|leaf| match path {
                "" => leaf,
                _ => Leaf {
                    path: match leaf.path.strip_prefix(['@', '#']) {
                        Some(_) => format!("{path}{}", leaf.path),
                        None => format!("{path}/{}", leaf.path),
                    },
                    ..leaf
                },
            }));
    }

    fn without_results(&mut self, path: &str, node: &Node) -> Node {
        let mut rest = node.clone();
        rest.children = Vec::new();
        for child in &node.children {
            let below = match path {
                "" => child.name.clone(),
                _ => format!("{path}/{}", child.name),
            };
            if child.name == RESULT || child.name == UNIT {
                if !READ.contains(&below.as_str()) {
                    self.left_out.push(below);
                }
                continue;
            }
            let child = self.without_results(&below, child);
            rest.children.push(child);
        }
        rest
    }
}

fn person(node: &Node, mut processing: Processing, outer: &Outer) -> Result<Record, Unreadable> {
    let text = |name| {
        node.child(name)
            .map(|node| narrow(&node.text))
            .filter(|text| !text.is_empty())
    };
    processing.result_status = text("ProcessingResultStatus");
    processing.result_code = text("ProcessingResultCode");
    let message = node.child("ProcessingResultMessage");
    processing.result_message = message
        .map(|node| node.text.clone())
        .filter(|text| !text.is_empty());
    if processing.result_status.as_deref() == Some("2") {
        return Err(refused(processing.result_code));
    }
    let validity = match text("QualificationValidity").as_deref() {
        Some("1") => Validity::Valid,
        Some("2") => Validity::Invalid,
        Some("3") => Validity::InvalidWithNew,
        Some("4") => Validity::NotFound,
        Some("5") => Validity::Several,
        Some("6") => Validity::ValidNotRegistered,
        _ => return Err(Unreadable::Element("QualificationValidity")),
    };
    let listed = node.all("ResultList").flat_map(|list| list.all(RESULT));
    let results: Vec<_> = listed.chain(node.all(RESULT)).collect();
    let mut record = Record::new(Source::Folder, validity, Vec::new());
    let beyond = (MAX_RESULTS..results.len()).map(|index| format!("{RESULT}[{index}]"));
    let left_out = outer.left_out.iter().cloned().chain(beyond);
    record
        .reports
        .extend(left_out.map(|path| whole(None, path, What::LeftOut)));
    for (index, result) in (0u32..).zip(results.into_iter().take(MAX_RESULTS)) {
        let (insurance, reports) = insurance(index, &flatten(result));
        record.insurances.push(insurance);
        record.reports.extend(reports);
    }
    record.prescription_issue = text("PrescriptionIssueSelect");
    record.processing = processing;
    for leaf in &outer.leaves {
        if !outside(&leaf.path) {
            record.reports.push(unknown(None, &leaf.path));
        }
        record
            .reports
            .extend(look(None, &leaf.path, &leaf.value, &leaf.lost));
        record.raw.push(RawField {
            path: leaf.path.clone(),
            value: leaf.value.clone(),
        });
    }
    Ok(record)
}

pub(super) const fn whole(insurance: Option<u32>, path: String, what: What) -> Report {
    Report {
        insurance,
        path,
        index: None,
        what,
    }
}

pub(super) fn unknown(insurance: Option<u32>, path: &str) -> Report {
    whole(insurance, path.to_owned(), What::UnknownElement)
}
