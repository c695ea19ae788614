//! A result to canonical records.

use madoguchi_core::eligibility::{
    ConsentFlag, ElderlyCertificate, Insurance, LimitCertificate, NationalConsent, NationalItem, Processing,
    PublicExpense, RawField, Report, Source, SpecificDisease, Validity, What,
};
use time::{Date, OffsetDateTime};

use super::known::{DISEASE, ELDERLY, LIMIT, TICKET, of_insurance, outside};
use super::value::{date8, full_width, look, moment14, narrow, percent};
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

const fn whole(insurance: Option<u32>, path: String, what: What) -> Report {
    Report {
        insurance,
        path,
        index: None,
        what,
    }
}

fn unknown(insurance: Option<u32>, path: &str) -> Report {
    whole(insurance, path.to_owned(), What::UnknownElement)
}

/// One insurance from its values.
pub(super) fn insurance(index: u32, leaves: &[Leaf]) -> (Insurance, Vec<Report>) {
    let mut values = Values {
        index,
        leaves,
        reports: Vec::new(),
    };
    let mut read = typed(&mut values);
    let mut reports = values.reports;
    for leaf in leaves {
        if !of_insurance(&leaf.path) {
            reports.push(unknown(Some(index), &leaf.path));
        }
        reports.extend(look(Some(index), &leaf.path, &leaf.value, &leaf.lost));
        read.raw.push(RawField {
            path: leaf.path.clone(),
            value: leaf.value.clone(),
        });
    }
    (read, reports)
}

fn typed(values: &mut Values<'_>) -> Insurance {
    let limit = values.has(LIMIT).then(|| LimitCertificate {
        certificate: values.code(LIMIT, "/LimitApplicationCertificateClassification"),
        classification: values.text(LIMIT, "/LimitApplicationCertificateClassificationFlag"),
        issued_on: values.date(LIMIT, "/LimitApplicationCertificateDate"),
        valid_from: values.date(LIMIT, "/LimitApplicationCertificateValidStartDate"),
        valid_until: values.date(LIMIT, "/LimitApplicationCertificateValidEndDate"),
        long_term_on: values.date(LIMIT, "/LimitApplicationCertificateLongTermDate"),
    });
    let limit_classification = limit
        .as_ref()
        .and_then(|limit| limit.classification.clone().or_else(|| limit.certificate.clone()));
    Insurance {
        insurer_number: values.code("InsurerNumber", "").unwrap_or_default(),
        insurer_name: values.text("InsurerName", "").unwrap_or_default(),
        symbol: values.text("InsuredCardSymbol", ""),
        number: values.code("InsuredIdentificationNumber", "").unwrap_or_default(),
        branch_number: values.code("InsuredBranchNumber", ""),
        name: values.name("Name").unwrap_or_default(),
        name_kana: values.name("NameKana"),
        birth_date: values.date("Birthdate", ""),
        sex: values.sex("Sex1").unwrap_or_default(),
        address: values.text("Address", ""),
        contribution_percent: values.percent("InsuredPartialContributionRatio", ""),
        qualified_on: values.date("QualificationDate", ""),
        disqualified_on: values.date("DisqualificationDate", ""),
        limit_classification,
        card_classification: values.code("InsuredCardClassification", ""),
        relation: values.code("PersonalFamilyClassification", ""),
        insured_name: values.name("InsuredName"),
        name_of_other: values.name("NameOfOther"),
        name_of_other_kana: values.name("NameOfOtherKana"),
        sex2: values.sex("Sex2"),
        post_number: values.code("PostNumber", ""),
        issued_on: values.date("InsuredCertificateIssuanceDate", ""),
        valid_from: values.date("InsuredCardValidDate", ""),
        valid_until: values.date("InsuredCardExpirationDate", ""),
        preschool: values.code("PreschoolClassification", ""),
        loss_reason: values.code("ReasonOfLoss", ""),
        elderly: values.has(ELDERLY).then(|| ElderlyCertificate {
            issued_on: values.date(ELDERLY, "/ElderlyRecipientCertificateDate"),
            valid_from: values.date(ELDERLY, "/ElderlyRecipientValidStartDate"),
            valid_until: values.date(ELDERLY, "/ElderlyRecipientValidEndDate"),
            contribution_percent: values.percent(ELDERLY, "/ElderlyRecipientContributionRatio"),
        }),
        limit,
        specific_diseases: values.each(DISEASE, |values, path| SpecificDisease {
            category: values.code(path, "/SpecificDiseasesDiseaseCategory"),
            issued_on: values.date(path, "/SpecificDiseasesCertificateDate"),
            valid_from: values.date(path, "/SpecificDiseasesValidStartDate"),
            valid_until: values.date(path, "/SpecificDiseasesValidEndDate"),
            self_pay_yen: values.yen(path, "/SpecificDiseasesSelfPay"),
        }),
        public_expenses: values.each(TICKET, |values, path| PublicExpense {
            ticket_type: values.code(path, "/TicketType"),
            issue_number: values.code(path, "/IssueNumber"),
            treatment_month: values.code(path, "/MedicalTreatmentMonth"),
            valid_from: values.date(path, "/MedicalTicketValidDate"),
            valid_until: values.date(path, "/MedicalTicketExpirationDate"),
            institution_code: values.code(path, "/DesignatedMedicalInstitutionCode"),
            institution_name: values.text(path, "/DesignatedMedicalInstitutionName"),
            self_pay_yen: values.yen(path, "/SelfPayAmount"),
        }),
        consents: [
            (
                NationalItem::LimitCertificate,
                "LimitApplicationCertificateRelated",
            ),
            (
                NationalItem::SpecificDiseases,
                "SpecificDiseasesCertificateRelated",
            ),
            (NationalItem::HealthCheckup, "SpecificHealthCheckupsInfo"),
            (NationalItem::Medication, "PharmacistsInfo"),
            (NationalItem::Diagnosis, "DiagnosisInfo"),
            (NationalItem::Surgery, "OperationInfo"),
        ]
        .into_iter()
        .filter_map(|(item, stem)| values.consent(item, stem))
        .collect(),
        reference_number: values.text("ReferenceNumber", ""),
        raw: Vec::new(),
    }
}

/// The values of an insurance, read one by one; what is not of its field's form is reported.
struct Values<'a> {
    index: u32,
    leaves: &'a [Leaf],
    reports: Vec<Report>,
}

impl Values<'_> {
    fn raw(&self, path: &str) -> Option<String> {
        let leaf = self.leaves.iter().find(|leaf| leaf.path == path);
        leaf.map(|leaf| leaf.value.clone())
            .filter(|value| !value.trim().is_empty())
    }

    fn has(&self, parent: &str) -> bool {
        let below = |leaf: &Leaf| {
            leaf.path
                .strip_prefix(parent)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.leaves.iter().any(below)
    }

    fn text(&mut self, parent: &str, child: &str) -> Option<String> {
        Some(self.raw(&format!("{parent}{child}"))?.trim().to_owned())
    }

    fn code(&mut self, parent: &str, child: &str) -> Option<String> {
        Some(narrow(&self.raw(&format!("{parent}{child}"))?))
    }

    fn name(&mut self, path: &str) -> Option<String> {
        Some(full_width(&self.raw(path)?))
    }

    fn formed<T>(&mut self, path: &str, form: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let raw = self.raw(path)?;
        let formed = form(&raw);
        if formed.is_none() {
            self.reports
                .push(whole(Some(self.index), path.to_owned(), What::Malformed));
        }
        formed
    }

    fn date(&mut self, parent: &str, child: &str) -> Option<Date> {
        self.formed(&format!("{parent}{child}"), date8)
    }

    fn moment(&mut self, path: &str) -> Option<OffsetDateTime> {
        self.formed(path, moment14)
    }

    fn percent(&mut self, parent: &str, child: &str) -> Option<u8> {
        self.formed(&format!("{parent}{child}"), percent)
    }

    fn yen(&mut self, parent: &str, child: &str) -> Option<u32> {
        self.formed(&format!("{parent}{child}"), |text| narrow(text).parse().ok())
    }

    fn sex(&mut self, path: &str) -> Option<u8> {
        self.formed(path, |text| {
            narrow(text).parse().ok().filter(|sex| (1..=3).contains(sex))
        })
    }

    /// Those of a list: one has no number, several have.
    fn each<T>(&mut self, path: &str, mut read: impl FnMut(&mut Self, &str) -> T) -> Vec<T> {
        if self.has(path) {
            return vec![read(self, path)];
        }
        let mut found = Vec::new();
        while self.has(&format!("{path}[{}]", found.len())) {
            let one = read(self, &format!("{path}[{}]", found.len()));
            found.push(one);
        }
        found
    }

    fn consent(&mut self, item: NationalItem, stem: &str) -> Option<NationalConsent> {
        let flag = self.formed(&format!("{stem}ConsFlg"), |text| match narrow(text).as_str() {
            "0" => Some(ConsentFlag::NotGiven),
            "1" => Some(ConsentFlag::Given),
            "2" => Some(ConsentFlag::Expired),
            "3" => Some(ConsentFlag::Unobtainable),
            _ => None,
        })?;
        Some(NationalConsent {
            item,
            flag,
            given_at: self.moment(&format!("{stem}ConsTime")),
            available_until: self.moment(&format!("{stem}AvailableTime")),
        })
    }
}
