//! The elements that were seen in the field, by their paths without numbers.

pub(super) const LIMIT: &str = "LimitApplicationCertificateRelatedInfo";
pub(super) const ELDERLY: &str = "ElderlyRecipientCertificateInfo";
pub(super) const DISEASE: &str = "SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo";
pub(super) const TICKET: &str = "PublicExpenseResultList/MedicalTicketInfo";

/// Below ResultOfQualificationConfirmation.
const OF_INSURANCE: &[&str] = &[
    "InsuredCardClassification",
    "InsurerNumber",
    "InsuredCardSymbol",
    "InsuredIdentificationNumber",
    "InsuredBranchNumber",
    "PersonalFamilyClassification",
    "InsuredName",
    "Name",
    "NameOfOther",
    "NameKana",
    "NameOfOtherKana",
    "Sex1",
    "Sex2",
    "Birthdate",
    "Address",
    "PostNumber",
    "QualificationDate",
    "DisqualificationDate",
    "InsuredCertificateIssuanceDate",
    "InsuredCardValidDate",
    "InsuredCardExpirationDate",
    "InsuredPartialContributionRatio",
    "PreschoolClassification",
    "ReasonOfLoss",
    "InsurerName",
    "ReferenceNumber",
    "ArbitraryIdentifier",
    "LimitApplicationCertificateChanged",
    "SpecificDiseasesCertificateList",
    "PublicExpenseResultList",
    ELDERLY,
    LIMIT,
];

const OF_ELDERLY: &[&str] = &[
    "ElderlyRecipientCertificateDate",
    "ElderlyRecipientValidStartDate",
    "ElderlyRecipientValidEndDate",
    "ElderlyRecipientContributionRatio",
];

const OF_LIMIT: &[&str] = &[
    "LimitApplicationCertificateClassification",
    "LimitApplicationCertificateClassificationFlag",
    "LimitApplicationCertificateDate",
    "LimitApplicationCertificateValidStartDate",
    "LimitApplicationCertificateValidEndDate",
    "LimitApplicationCertificateLongTermDate",
];

const OF_DISEASE: &[&str] = &[
    "SpecificDiseasesDiseaseCategory",
    "SpecificDiseasesCertificateDate",
    "SpecificDiseasesValidStartDate",
    "SpecificDiseasesValidEndDate",
    "SpecificDiseasesSelfPay",
];

const OF_TICKET: &[&str] = &[
    "TicketType",
    "MedicalTicketValidDate",
    "MedicalTicketExpirationDate",
    "IssueNumber",
    "MedicalTreatmentMonth",
    "DesignatedMedicalInstitutionCode",
    "DesignatedMedicalInstitutionFlag",
    "DesignatedMedicalInstitutionName",
    "PrescriptionIssuerMedicalInstitutionCode",
    "PrescriptionIssuerMedicalInstitutionName",
    "InjuryName1",
    "InjuryName2",
    "InjuryName3",
    "MedicalTreatmentType",
    "SelfPayAmount",
    "DistrictContactName",
    "HandlingContactName",
    "SingleOrCombinedUse",
    "StatusOfSocialInsurance",
    "ConsistencyFlag",
    "StatusOfInfecton",
    "StatusOfElderlyMedicalCare",
    "StatusOfPrefecturalExpenses",
    "Remarks1",
    "Remarks2",
    "Remarks3",
];

/// What a flag's three elements begin with.
pub(super) const FLAGS: &[&str] = &[
    "LimitApplicationCertificateRelated",
    "SpecificDiseasesCertificateRelated",
    "SpecificHealthCheckupsInfo",
    "PharmacistsInfo",
    "DiagnosisInfo",
    "OperationInfo",
];

/// Outside the insurances.
const OUTSIDE: &[&str] = &[
    "MessageHeader/ProcessExecutionTime",
    "MessageHeader/QualificationConfirmationDate",
    "MessageHeader/MedicalInstitutionCode",
    "MessageHeader/ArbitraryFileIdentifier",
    "MessageHeader/ReferenceClassification",
    "MessageHeader/SegmentOfResult",
    "MessageHeader/ErrorCode",
    "MessageHeader/ErrorMessage",
    "MessageHeader/CharacterCodeIdentifier",
    "MessageHeader/ReceptionNumber",
    "MessageHeader/NumberOfProcessingResult",
    "MessageHeader/NumberOfNormalProcessing",
    "MessageHeader/NumberOfError",
    "MessageBody",
    "MessageBody/ProcessingResultStatus",
    "MessageBody/ProcessingResultCode",
    "MessageBody/ProcessingResultMessage",
    "MessageBody/QualificationValidity",
    "MessageBody/PrescriptionIssueSelect",
    "MessageBody/ReferenceNumber",
    "MessageBody/ReceptionNumber",
    "MessageBody/ResultList",
    "MessageBody/QualificationConfirmSearchInfo/InsurerNumber",
    "MessageBody/QualificationConfirmSearchInfo/InsuredCardSymbol",
    "MessageBody/QualificationConfirmSearchInfo/InsuredIdentificationNumber",
    "MessageBody/QualificationConfirmSearchInfo/InsuredBranchNumber",
    "MessageBody/QualificationConfirmSearchInfo/Birthdate",
    "MessageBody/QualificationConfirmSearchInfo/LimitApplicationCertificateRelatedConsFlg",
    "MessageBody/QualificationConfirmSearchInfo/ArbitraryIdentifier",
];

/// Whether the element of that path stands outside the insurances.
pub(super) fn outside(path: &str) -> bool {
    let path = unnumbered(path);
    // A person of a batch has what the body of a single answer has.
    let of_one = path.strip_prefix("MessageBody/BulkConfirmUnit");
    let of_one = of_one.map(|rest| format!("MessageBody{rest}"));
    OUTSIDE.contains(&of_one.as_deref().unwrap_or(&path))
}

/// Whether the element of that path is one of an insurance.
pub(super) fn of_insurance(path: &str) -> bool {
    let path = unnumbered(path);
    let of_flag = FLAGS.iter().any(|stem| {
        let end = path.strip_prefix(stem);
        end.is_some_and(|end| ["ConsFlg", "ConsTime", "AvailableTime"].contains(&end))
    });
    let below = |parent: &str, names: &[&str]| {
        let rest = path.strip_prefix(parent);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix('/').is_some_and(|name| names.contains(&name))
        })
    };
    of_flag
        || OF_INSURANCE.contains(&path.as_str())
        || below(ELDERLY, OF_ELDERLY)
        || below(LIMIT, OF_LIMIT)
        || below(DISEASE, OF_DISEASE)
        || below(TICKET, OF_TICKET)
}

fn unnumbered(path: &str) -> String {
    let names: Vec<_> = path
        .split('/')
        .map(|segment| segment.split('[').next().unwrap_or(segment))
        .collect();
    names.join("/")
}
