//! What the national service said, letter by letter, and what about it a person should know.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A value as it came, by the path of its XML element below the record. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawField {
    /// Names of elements joined by `/`; one of several of a name has its number behind it, such as
    /// `SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo[1]/SpecificDiseasesSelfPay`.
    pub path: String,
    /// The characters of the element, unchanged: padding, width and `●` included.
    pub value: String,
}

impl std::fmt::Debug for RawField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawField")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What is the matter with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// `●`: the national service had a character (外字) that it could not pass on.
    GaijiReplaced,
    /// Bytes that are no character of the file's encoding; U+FFFD stands in their place.
    Unmappable {
        /// The bytes as they were in the file.
        bytes: Vec<u8>,
    },
    /// A character of the private use area: which one it is depends on the fonts of whoever wrote it.
    PrivateUse,
    /// The value is not of the form that the field has; it is kept as it came and not normalised.
    Malformed,
    /// An element or attribute that this version does not know; it is kept as it came.
    UnknownElement,
    /// An insurance or person that was not taken over: it stands where none is known to stand, or there are more than
    /// this version takes.
    LeftOut,
}

/// One thing about one value that must not pass in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which insurance of the answer, counted from 0; none for what stands outside of them.
    pub insurance: Option<u32>,
    /// [`RawField::path`].
    pub path: String,
    /// Which character of the raw value, counted from 0; none for the value as a whole.
    pub index: Option<u32>,
    /// What is the matter.
    pub what: What,
}

/// What the national service has a consent flag of its own for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NationalItem {
    /// 限度額適用認定証 LimitApplicationCertificateRelated.
    LimitCertificate,
    /// 特定疾病療養受療証 SpecificDiseasesCertificateRelated.
    SpecificDiseases,
    /// 特定健診 SpecificHealthCheckupsInfo.
    HealthCheckup,
    /// 薬剤 PharmacistsInfo.
    Medication,
    /// 診療 DiagnosisInfo.
    Diagnosis,
    /// 手術 OperationInfo.
    Surgery,
}

/// A consent flag, as observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentFlag {
    /// 0: none.
    NotGiven,
    /// 1: given.
    Given,
    /// 2: expired.
    Expired,
    /// 3: could not be obtained (emergency).
    Unobtainable,
}

/// A consent as the national service has it. The times are taken from the answer and never computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NationalConsent {
    /// To what.
    pub item: NationalItem,
    /// How it stands.
    pub flag: ConsentFlag,
    /// …ConsTime: when it was given, Japan Standard Time in the file.
    pub given_at: Option<OffsetDateTime>,
    /// …AvailableTime: until when it opens anything.
    pub available_until: Option<OffsetDateTime>,
}

impl NationalConsent {
    /// Whether it opens anything at that moment: given, and not past its time where it has one.
    #[must_use]
    pub fn grants(&self, at: OffsetDateTime) -> bool {
        self.flag == ConsentFlag::Given && self.available_until.is_none_or(|until| at < until)
    }
}
