//! The canonical record: what a back end knows about a person before anything is cut off.

use madoguchi_core::eligibility::{Insurance, MedicalEntry, Processing, RawField, Report, Source, Validity};
use serde::{Deserialize, Serialize};

/// Everything about one insured person, uncut: it never leaves this crate but through [`crate::cut`]. `Debug` shows
/// no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Which back end knows it. What a stand-in knows is made up.
    #[serde(default)]
    pub source: Source,
    /// Whether it is made up.
    #[serde(default)]
    pub simulated: bool,
    /// Whether the person is insured now.
    pub validity: Validity,
    /// The insurances, 限度額 in them.
    pub insurances: Vec<Insurance>,
    /// 処方箋発行形態 PrescriptionIssueSelect.
    #[serde(default)]
    pub prescription_issue: Option<String>,
    /// What the national service says of its processing.
    #[serde(default)]
    pub processing: Processing,
    /// What about the values must not pass in silence.
    #[serde(default)]
    pub reports: Vec<Report>,
    /// Each value outside the insurances as it came.
    #[serde(default)]
    pub raw: Vec<RawField>,
    /// 診療情報. Here as below: none where the back end does not know, an empty list where it knows that there is none.
    #[serde(default)]
    pub diagnoses: Option<Vec<MedicalEntry>>,
    /// 薬剤情報.
    #[serde(default)]
    pub medications: Option<Vec<MedicalEntry>>,
    /// 手術情報.
    #[serde(default)]
    pub surgeries: Option<Vec<MedicalEntry>>,
    /// 特定健診.
    #[serde(default)]
    pub health_checkups: Option<Vec<MedicalEntry>>,
}

impl Record {
    /// A record with nothing but insurances in it.
    #[must_use]
    pub fn new(source: Source, validity: Validity, insurances: Vec<Insurance>) -> Self {
        Self {
            source,
            simulated: source == Source::StandIn,
            validity,
            insurances,
            prescription_issue: None,
            processing: Processing::default(),
            reports: Vec::new(),
            raw: Vec::new(),
            diagnoses: None,
            medications: None,
            surgeries: None,
            health_checkups: None,
        }
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Record(…)")
    }
}

/// Port: who is insured. Found by the key, which stays the same when a certificate is issued again.
pub trait Records: Send + Sync + 'static {
    /// The record of the person whose certificate has this key (SHA-256 of the SubjectPublicKeyInfo, in lower-case
    /// hexadecimal). For `None` the stand-in makes a person up.
    fn find(&self, spki_sha256: &str) -> Option<Record>;

    /// The record of the person with that number at that insurer. For `None` the stand-in knows nobody.
    fn by_number(&self, insurer_number: &str, number: &str) -> Option<Record> {
        let _ = (insurer_number, number);
        None
    }
}

/// Nobody in particular: every certificate gets a made-up person.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecords;

impl Records for NoRecords {
    fn find(&self, _: &str) -> Option<Record> {
        None
    }
}
