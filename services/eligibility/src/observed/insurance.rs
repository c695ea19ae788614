//! The values of one insurance to its normalised copy.

use madoguchi_core::eligibility::{
    ConsentFlag, ElderlyCertificate, Insurance, LimitCertificate, NationalConsent, NationalItem,
    PublicExpense, RawField, Report, SpecificDisease, What,
};
use time::{Date, OffsetDateTime};

use super::known::{DISEASE, ELDERLY, LIMIT, TICKET, of_insurance};
use super::read::{unknown, whole};
use super::value::{date8, full_width, look, moment14, narrow, percent};
use crate::xml::Leaf;

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
