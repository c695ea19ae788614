//! The answer.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::{Insurance, RawField, Report};
use crate::certificate::Outcome;
use crate::consent::Window;

/// QualificationValidity (資格有効性), as observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// 1: valid.
    Valid,
    /// 2: invalid.
    Invalid,
    /// 3: invalid, a new one exists.
    InvalidWithNew,
    /// 4: no insurance is known.
    NotFound,
    /// 5: several match.
    Several,
    /// 6: valid, but the card is not registered as insurance card.
    ValidNotRegistered,
}

impl Validity {
    /// The stable name used in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::InvalidWithNew => "invalid_with_new",
            Self::NotFound => "not_found",
            Self::Several => "several",
            Self::ValidNotRegistered => "valid_not_registered",
        }
    }
}

/// Which back end answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The embedded stand-in.
    #[default]
    StandIn,
    /// A remote eligibility service.
    Remote,
    /// The official terminal software, through its folders.
    Folder,
}

impl Source {
    /// The stable name used in logs and machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StandIn => "stand_in",
            Self::Remote => "remote",
            Self::Folder => "folder",
        }
    }
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A certificate and its signature over a challenge of the service that answered.
    #[default]
    Certificate,
    /// A certificate that this gateway verified alone, beside a result of the official terminal's own card reading,
    /// matched by time and person.
    TerminalResult,
    /// An insured number, without a card.
    Number,
}

/// What the national service says of its own processing. Free of personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processing {
    /// ProcessExecutionTime.
    pub executed_at: Option<OffsetDateTime>,
    /// QualificationConfirmationDate.
    pub confirmation_date: Option<Date>,
    /// MedicalInstitutionCode.
    pub institution_code: Option<String>,
    /// ReferenceClassification: 1 card, 2 insurance card.
    pub reference_classification: Option<String>,
    /// SegmentOfResult: 1 ok, 2 in progress, 9 error.
    pub segment: Option<String>,
    /// ErrorCode of the whole.
    pub error_code: Option<String>,
    /// ErrorMessage of the whole.
    pub error_message: Option<String>,
    /// ProcessingResultStatus of the person: 1 ok, 2 error.
    pub result_status: Option<String>,
    /// ProcessingResultCode: an error, or something to know such as a card that expires soon.
    pub result_code: Option<String>,
    /// ProcessingResultMessage.
    pub result_message: Option<String>,
}

/// The answer, already cut to what was consented. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether the data is made up: it comes from a stand-in of the national service, and no claim may rest on it.
    pub simulated: bool,
    /// Whether the patient is insured now.
    pub validity: Validity,
    /// What the certificate was good for in the service's own check; without a certificate never more than
    /// eligibility only.
    pub certificate_outcome: Outcome,
    /// When the service answered.
    pub confirmed_at: OffsetDateTime,
    /// The insurances found.
    pub insurances: Vec<Insurance>,
    /// 診療情報, only with consent.
    pub diagnoses: Option<Vec<MedicalEntry>>,
    /// 薬剤情報, only with consent.
    pub medications: Option<Vec<MedicalEntry>>,
    /// 手術情報, only with consent.
    pub surgeries: Option<Vec<MedicalEntry>>,
    /// 特定健診, only with consent.
    pub health_checkups: Option<Vec<MedicalEntry>>,
    /// Until when the service gives each item, as it said; empty where it said nothing.
    #[serde(default)]
    pub consent_windows: Vec<Window>,
    /// Which back end answered.
    #[serde(default)]
    pub source: Source,
    /// What it rests on.
    #[serde(default)]
    pub basis: Basis,
    /// 処方箋発行形態 PrescriptionIssueSelect: 1 electronic, 2 paper.
    #[serde(default)]
    pub prescription_issue: Option<String>,
    /// What the national service says of its processing.
    #[serde(default)]
    pub processing: Processing,
    /// What about the values must not pass in silence, one by one.
    #[serde(default)]
    pub reports: Vec<Report>,
    /// Each value outside the insurances as it came.
    #[serde(default)]
    pub raw: Vec<RawField>,
}

impl Answer {
    /// An answer with nothing in it but whether the patient is insured.
    #[must_use]
    pub fn new(validity: Validity, certificate_outcome: Outcome, confirmed_at: OffsetDateTime) -> Self {
        Self {
            simulated: false,
            validity,
            certificate_outcome,
            confirmed_at,
            insurances: Vec::new(),
            diagnoses: None,
            medications: None,
            surgeries: None,
            health_checkups: None,
            consent_windows: Vec::new(),
            source: Source::default(),
            basis: Basis::default(),
            prescription_issue: None,
            processing: Processing::default(),
            reports: Vec::new(),
            raw: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("validity", &self.validity)
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}

/// One line of medical information. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedicalEntry {
    /// When.
    pub date: Date,
    /// Where.
    pub facility: String,
    /// What.
    pub text: String,
}

impl std::fmt::Debug for MedicalEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MedicalEntry(…)")
    }
}
