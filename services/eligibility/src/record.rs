//! What the stand-in knows about a person before anything is cut off.

use madoguchi_core::eligibility::{Insurance, MedicalEntry, Validity};
use serde::{Deserialize, Serialize};

/// Everything about one insured person, uncut: it never leaves this crate but through [`crate::cut`]. `Debug` shows
/// no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Whether the person is insured now.
    pub validity: Validity,
    /// The insurances, 限度額 in them.
    pub insurances: Vec<Insurance>,
    /// 診療情報.
    pub diagnoses: Vec<MedicalEntry>,
    /// 薬剤情報.
    pub medications: Vec<MedicalEntry>,
    /// 手術情報.
    pub surgeries: Vec<MedicalEntry>,
    /// 特定健診.
    pub health_checkups: Vec<MedicalEntry>,
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
}

/// Nobody in particular: every certificate gets a made-up person.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecords;

impl Records for NoRecords {
    fn find(&self, _: &str) -> Option<Record> {
        None
    }
}
