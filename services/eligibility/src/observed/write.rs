//! An insurance to the result that the national service would write of it: for the stand-in, and for what plays the
//! terminal software in tests.

use madoguchi_core::eligibility::{ConsentFlag, Insurance, NationalItem, Validity};
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime};

use super::known::{DISEASE, ELDERLY, LIMIT, TICKET};
use crate::xml::{Leaf, Node, tree};

/// The whole result of one check.
#[must_use]
pub fn document(
    header: &[(&str, &str)],
    validity: Validity,
    insurances: &[Insurance],
    prescription_issue: Option<&str>,
) -> Node {
    let mut root = Node::new("XmlMsg");
    let with = |name: &str, values: &[(&str, &str)]| {
        let leaves = values.iter().map(|(path, value)| (*path, *value, [].as_slice()));
        tree(name, leaves)
    };
    let mut body = with("MessageBody", &[("ProcessingResultStatus", "1")]);
    let mut list = Node::new("ResultList");
    for insurance in insurances {
        let leaves = result_leaves(insurance);
        let values = leaves
            .iter()
            .map(|leaf| (leaf.path.as_str(), leaf.value.as_str(), leaf.lost.as_slice()));
        list.children
            .push(tree("ResultOfQualificationConfirmation", values));
    }
    let code = match validity {
        Validity::Valid => "1",
        Validity::Invalid => "2",
        Validity::InvalidWithNew => "3",
        Validity::NotFound => "4",
        Validity::Several => "5",
        Validity::ValidNotRegistered => "6",
    };
    body.children.push(list);
    let mut last = vec![("QualificationValidity", code)];
    last.extend(prescription_issue.map(|issue| ("PrescriptionIssueSelect", issue)));
    body.children.extend(with("", &last).children);
    root.children.push(with("MessageHeader", header));
    root.children.push(body);
    root
}

/// The values of one insurance: as they came where they came from somewhere, else made of the normalised copy.
#[must_use]
pub fn result_leaves(insurance: &Insurance) -> Vec<Leaf> {
    if !insurance.raw.is_empty() {
        let leaf = |path: &String, value: &String| Leaf {
            path: path.clone(),
            value: value.clone(),
            lost: Vec::new(),
        };
        return insurance
            .raw
            .iter()
            .map(|field| leaf(&field.path, &field.value))
            .collect();
    }
    let mut made = Made::default();
    let one = insurance;
    made.text("InsuredCardClassification", one.card_classification.as_deref());
    made.text("InsurerNumber", some(&format!("{:>8}", one.insurer_number)));
    made.text("InsuredCardSymbol", one.symbol.as_deref());
    made.text("InsuredIdentificationNumber", some(&one.number));
    made.text("InsuredBranchNumber", one.branch_number.as_deref());
    made.text("PersonalFamilyClassification", one.relation.as_deref());
    made.text("InsuredName", one.insured_name.as_deref());
    made.text("Name", some(&one.name));
    made.text("NameOfOther", one.name_of_other.as_deref());
    made.text("NameKana", one.name_kana.as_deref());
    made.text("NameOfOtherKana", one.name_of_other_kana.as_deref());
    made.text("Sex1", (one.sex != 0).then(|| one.sex.to_string()).as_deref());
    made.text("Sex2", one.sex2.map(|sex| sex.to_string()).as_deref());
    made.date("Birthdate", one.birth_date);
    made.text("Address", one.address.as_deref());
    made.text("PostNumber", one.post_number.as_deref());
    made.date("QualificationDate", one.qualified_on);
    made.date("DisqualificationDate", one.disqualified_on);
    made.date("InsuredCertificateIssuanceDate", one.issued_on);
    made.date("InsuredCardValidDate", one.valid_from);
    made.date("InsuredCardExpirationDate", one.valid_until);
    made.percent("InsuredPartialContributionRatio", one.contribution_percent);
    made.text("PreschoolClassification", one.preschool.as_deref());
    made.text("ReasonOfLoss", one.loss_reason.as_deref());
    made.text("InsurerName", some(&one.insurer_name));
    made.elderly(one);
    made.limit(one);
    made.lists(one);
    made.consents(one);
    made.text("ReferenceNumber", one.reference_number.as_deref());
    made.0
}

fn some(text: &str) -> Option<&str> {
    (!text.trim().is_empty()).then_some(text)
}

#[derive(Default)]
struct Made(Vec<Leaf>);

impl Made {
    fn text(&mut self, path: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push(Leaf {
                path: path.to_owned(),
                value: value.to_owned(),
                lost: Vec::new(),
            });
        }
    }

    fn date(&mut self, path: &str, value: Option<Date>) {
        let text = |date: Date| date.format(format_description!("[year][month][day]")).ok();
        self.text(path, value.and_then(text).as_deref());
    }

    fn moment(&mut self, path: &str, value: Option<OffsetDateTime>) {
        let format = format_description!("[year][month][day][hour][minute][second]");
        let text = |at: OffsetDateTime| at.to_offset(offset!(+9)).format(format).ok();
        self.text(path, value.and_then(text).as_deref());
    }

    fn percent(&mut self, path: &str, value: Option<u8>) {
        self.text(path, value.map(|percent| format!("{percent:03}")).as_deref());
    }

    fn elderly(&mut self, one: &Insurance) {
        let Some(elderly) = &one.elderly else { return };
        self.date(
            &format!("{ELDERLY}/ElderlyRecipientCertificateDate"),
            elderly.issued_on,
        );
        self.date(
            &format!("{ELDERLY}/ElderlyRecipientValidStartDate"),
            elderly.valid_from,
        );
        self.date(
            &format!("{ELDERLY}/ElderlyRecipientValidEndDate"),
            elderly.valid_until,
        );
        self.percent(
            &format!("{ELDERLY}/ElderlyRecipientContributionRatio"),
            elderly.contribution_percent,
        );
    }

    fn limit(&mut self, one: &Insurance) {
        let path = |end: &str| format!("{LIMIT}/LimitApplicationCertificate{end}");
        let Some(limit) = &one.limit else {
            return self.text(&path("ClassificationFlag"), one.limit_classification.as_deref());
        };
        self.text(&path("Classification"), limit.certificate.as_deref());
        self.text(&path("ClassificationFlag"), limit.classification.as_deref());
        self.date(&path("Date"), limit.issued_on);
        self.date(&path("ValidStartDate"), limit.valid_from);
        self.date(&path("ValidEndDate"), limit.valid_until);
        self.date(&path("LongTermDate"), limit.long_term_on);
    }

    fn lists(&mut self, one: &Insurance) {
        let number = |index: usize, count: usize| match count {
            1 => String::new(),
            _ => format!("[{index}]"),
        };
        for (index, disease) in one.specific_diseases.iter().enumerate() {
            let parent = format!("{DISEASE}{}", number(index, one.specific_diseases.len()));
            self.text(
                &format!("{parent}/SpecificDiseasesDiseaseCategory"),
                disease.category.as_deref(),
            );
            self.date(
                &format!("{parent}/SpecificDiseasesCertificateDate"),
                disease.issued_on,
            );
            self.date(
                &format!("{parent}/SpecificDiseasesValidStartDate"),
                disease.valid_from,
            );
            self.date(
                &format!("{parent}/SpecificDiseasesValidEndDate"),
                disease.valid_until,
            );
            let yen = disease.self_pay_yen.map(|yen| yen.to_string());
            self.text(&format!("{parent}/SpecificDiseasesSelfPay"), yen.as_deref());
        }
        for (index, ticket) in one.public_expenses.iter().enumerate() {
            let parent = format!("{TICKET}{}", number(index, one.public_expenses.len()));
            self.text(&format!("{parent}/TicketType"), ticket.ticket_type.as_deref());
            self.date(&format!("{parent}/MedicalTicketValidDate"), ticket.valid_from);
            self.date(
                &format!("{parent}/MedicalTicketExpirationDate"),
                ticket.valid_until,
            );
            self.text(&format!("{parent}/IssueNumber"), ticket.issue_number.as_deref());
            let month = ticket.treatment_month.as_deref();
            self.text(&format!("{parent}/MedicalTreatmentMonth"), month);
            let code = ticket.institution_code.as_deref();
            self.text(&format!("{parent}/DesignatedMedicalInstitutionCode"), code);
            let name = ticket.institution_name.as_deref();
            self.text(&format!("{parent}/DesignatedMedicalInstitutionName"), name);
            let yen = ticket.self_pay_yen.map(|yen| yen.to_string());
            self.text(&format!("{parent}/SelfPayAmount"), yen.as_deref());
        }
    }

    fn consents(&mut self, one: &Insurance) {
        for consent in &one.consents {
            let stem = match consent.item {
                NationalItem::LimitCertificate => "LimitApplicationCertificateRelated",
                NationalItem::SpecificDiseases => "SpecificDiseasesCertificateRelated",
                NationalItem::HealthCheckup => "SpecificHealthCheckupsInfo",
                NationalItem::Medication => "PharmacistsInfo",
                NationalItem::Diagnosis => "DiagnosisInfo",
                NationalItem::Surgery => "OperationInfo",
            };
            let flag = match consent.flag {
                ConsentFlag::NotGiven => "0",
                ConsentFlag::Given => "1",
                ConsentFlag::Expired => "2",
                ConsentFlag::Unobtainable => "3",
            };
            self.text(&format!("{stem}ConsFlg"), Some(flag));
            self.moment(&format!("{stem}ConsTime"), consent.given_at);
            self.moment(&format!("{stem}AvailableTime"), consent.available_until);
        }
    }
}
