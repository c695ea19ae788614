//! What is done where a person could not be verified, and what the claim then rests on.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Date, OffsetDateTime};

use crate::check_in::NextStep;
use crate::{CallerId, CaseId, CheckInId, CounterId, Medium, Reason, Refusal, RequestId, StaffId};

/// Whether the facility knows the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitKind {
    /// The first visit (初診): nothing is known.
    First,
    /// The patient was here before.
    Returning,
}

/// What the patient came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presented {
    /// Nobody knows: the visit ended before the medium was chosen.
    Unknown,
    /// A card or phone.
    Medium(Medium),
    /// Neither card nor phone.
    Nothing,
}

/// What a step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// The patient's phone, on which マイナポータル can be opened.
    Phone,
    /// The PDF of マイナポータル's 資格情報 screen.
    MynaportalPdf,
    /// The My Number card.
    Card,
    /// The PIN of the card, known and with a try left.
    Pin,
    /// 資格情報のお知らせ.
    EligibilityNotice,
    /// 資格確認書.
    EligibilityCertificate,
    /// The old 健康保険証.
    InsuranceCard,
    /// A member of staff.
    Staff,
    /// What the facility knows of the patient from earlier visits.
    KnownData,
    /// A reader at this counter that can do it.
    Reader,
    /// The municipality's counter: nothing for today.
    Municipality,
}

impl Thing {
    /// Everything there is.
    pub const ALL: [Self; 11] = [
        Self::Phone,
        Self::MynaportalPdf,
        Self::Card,
        Self::Pin,
        Self::EligibilityNotice,
        Self::EligibilityCertificate,
        Self::InsuranceCard,
        Self::Staff,
        Self::KnownData,
        Self::Reader,
        Self::Municipality,
    ];

    /// Whether the patient has to bring it, and so may lack it.
    #[must_use]
    pub const fn is_the_patients(self) -> bool {
        matches!(
            self,
            Self::Phone
                | Self::MynaportalPdf
                | Self::Card
                | Self::Pin
                | Self::EligibilityNotice
                | Self::EligibilityCertificate
                | Self::InsuranceCard
        )
    }
}

/// One need of a step: any of these will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Any of these.
    pub any_of: Vec<Thing>,
}

/// What the claim rests on, the first that is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// ① The current insured number.
    CurrentNumber,
    /// ② The past one (資格（無効）): after the loss of eligibility the claim is made with the lost 旧資格情報.
    PastNumber,
    /// ③ None is known (不詳レセプト): address and contact from the 申立書 in the 摘要欄, the numbers filled with sevens.
    Unknown,
}

/// A step with what it needs and what the claim may rest on afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub step: NextStep,
    /// Each of these is needed.
    pub needs: Vec<Need>,
    /// The claims that are possible after it, in the order in which they are to be preferred; none where the step leads
    /// to another try or settles nothing today.
    pub claims: Vec<Claim>,
}

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// From a notice of the ministry.
    Official,
    /// From what others wrote of a notice.
    Reported,
    /// Nothing public says it: assumed.
    Assumed,
}

/// A field of the claim that is filled where no number is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilledField {
    /// Its name on the claim.
    pub name: &'static str,
    /// What stands in it; empty where it stays empty.
    pub value: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
    /// Where it comes from.
    pub source: &'static str,
}

/// What staff saw or heard in place of a verified card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// マイナポータル's 資格情報 screen, or its PDF.
    Mynaportal,
    /// 資格情報のお知らせ together with the card.
    EligibilityNotice,
    /// 資格確認書.
    EligibilityCertificate,
    /// The old 健康保険証.
    InsuranceCard,
    /// No document: what the patient said agreed with known data.
    Oral,
    /// 被保険者資格申立書.
    Declaration,
}

impl Document {
    /// Every document there is.
    pub const ALL: [Self; 6] = [
        Self::Mynaportal,
        Self::EligibilityNotice,
        Self::EligibilityCertificate,
        Self::InsuranceCard,
        Self::Oral,
        Self::Declaration,
    ];

    /// The step at which it is seen.
    #[must_use]
    pub const fn step(self) -> NextStep {
        match self {
            Self::Mynaportal => NextStep::ShowMynaportal,
            Self::EligibilityNotice => NextStep::ShowEligibilityNotice,
            Self::EligibilityCertificate => NextStep::ShowEligibilityCertificate,
            Self::InsuranceCard => NextStep::ShowInsuranceCard,
            Self::Oral => NextStep::ConfirmOrally,
            Self::Declaration => NextStep::FileDeclaration,
        }
    }
}

/// The EMR's own name for what the case is about. PII: it may be the hospital's number of the patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmrReference(String);

/// A text that is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "must have 1 to {} characters, none of them a control character",
    EmrReference::MAX_CHARS
)]
pub struct InvalidReference;

impl EmrReference {
    /// The longest 照会番号 of the national service.
    pub const MAX_CHARS: usize = 50;

    /// Checks and takes the text.
    ///
    /// # Errors
    /// [`InvalidReference`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidReference> {
        let text = text.into();
        let fits = (1..=Self::MAX_CHARS).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(InvalidReference)
        }
    }

    /// The text: for the EMR that gave it, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmrReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmrReference(…)")
    }
}

impl TryFrom<String> for EmrReference {
    type Error = InvalidReference;
    fn try_from(text: String) -> Result<Self, InvalidReference> {
        Self::new(text)
    }
}

impl From<EmrReference> for String {
    fn from(reference: EmrReference) -> String {
        reference.0
    }
}

/// A visit that a fallback settled, as staff record it. No name and no number of a patient is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Where.
    pub counter_id: CounterId,
    /// The visit that did not succeed, where there was one.
    pub check_in_id: Option<CheckInId>,
    /// The day of the visit, Japan Standard Time.
    pub visit_date: Date,
    /// What could not be verified; nothing for who came with neither card nor phone.
    pub medium: Option<Medium>,
    /// Why not, where a visit said so.
    pub reason: Option<Reason>,
    /// Whether the facility knows the patient.
    pub visit_kind: VisitKind,
    /// What staff saw.
    pub document: Document,
    /// What the claim rests on.
    pub claim: Claim,
    /// Who saw it.
    pub staff_id: StaffId,
    /// The EMR's own name for it.
    pub emr_reference: Option<EmrReference>,
}

/// What came of it when it was checked later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It was as the claim says.
    Confirmed,
    /// Another number holds: the claim is put right.
    Corrected,
    /// No insurance was found: the patient is asked, and the claim is not made as it stands.
    NotInsured,
    /// It was recorded by mistake.
    Withdrawn,
}

/// The later check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// The caller's name for the request.
    pub request_id: RequestId,
    /// What came of it.
    pub finding: Finding,
    /// Who checked.
    pub staff_id: StaffId,
    /// Who recorded it.
    pub caller: CallerId,
    /// When.
    pub reconciled_at: OffsetDateTime,
}

/// A case: recorded, and open until it was checked later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name; sorts by the time of its making.
    pub id: CaseId,
    /// Who recorded it.
    pub caller: CallerId,
    /// The caller's name for the request.
    pub request_id: RequestId,
    /// What was recorded.
    pub draft: Draft,
    /// When.
    pub recorded_at: OffsetDateTime,
    /// The later check; the case is open without one.
    pub reconciliation: Option<Reconciliation>,
}

/// Which cases are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Listed {
    /// Those that nobody checked yet.
    #[default]
    Open,
    /// Those that were checked.
    Settled,
    /// All.
    All,
}

/// Port: the cases.
#[async_trait]
pub trait Cases: Send + Sync + 'static {
    /// Records a case, or finds the one that the same request recorded.
    ///
    /// # Errors
    /// A field violation where the ladder of that day has no such step; [`Reason::RequestIdReused`],
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn record(&self, caller: CallerId, request_id: RequestId, draft: Draft) -> Result<Case, Refusal>;

    /// The case that this request recorded, where it did.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn find(&self, caller: &CallerId, request_id: &RequestId) -> Result<Option<Case>, Refusal>;

    /// Settles a case; the same request again finds it settled.
    ///
    /// # Errors
    /// [`Reason::CaseNotFound`], [`Reason::CaseSettled`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn reconcile(
        &self,
        id: &CaseId,
        caller: CallerId,
        request_id: RequestId,
        finding: Finding,
        staff_id: StaffId,
    ) -> Result<Case, Refusal>;

    /// A case.
    ///
    /// # Errors
    /// [`Reason::CaseNotFound`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, id: &CaseId) -> Result<Case, Refusal>;

    /// Cases after that one, oldest first, at most so many.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list(&self, listed: Listed, after: Option<&CaseId>, limit: u32) -> Result<Vec<Case>, Refusal>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_short_and_says_nothing_of_itself() {
        assert!(EmrReference::new("患".repeat(50)).is_ok());
        for text in ["", &"患".repeat(51), "a\nb"] {
            assert_eq!(EmrReference::new(text), Err(InvalidReference), "{text}");
        }
        let reference = EmrReference::new("P-4711").unwrap();
        assert_eq!(format!("{reference:?}"), "EmrReference(…)");
        assert_eq!(reference.expose(), "P-4711");
    }

    #[test]
    fn every_document_is_seen_at_a_step_of_its_own() {
        let steps: std::collections::HashSet<_> = Document::ALL.map(Document::step).into();
        assert_eq!(steps.len(), Document::ALL.len());
    }
}
