//! What the patient lets the facility see, item by item.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::audit::Event;
use crate::{CheckInId, CounterId, Reason, ReceiptId, Refusal};

/// An item of consent. 限度額 is not among them: since October 2024 it is passed on without consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// 診療情報: past treatment, without surgery.
    Diagnosis,
    /// 薬剤情報: past medication.
    Medication,
    /// 手術情報: past surgery, asked separately.
    Surgery,
    /// 特定健診: specific health check-ups, for people of 40 and over.
    HealthCheckup,
}

impl Item {
    /// Every item, in the order in which they are asked.
    pub const ALL: [Self; 4] = [
        Self::Diagnosis,
        Self::Medication,
        Self::Surgery,
        Self::HealthCheckup,
    ];

    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Diagnosis => "diagnosis",
            Self::Medication => "medication",
            Self::Surgery => "surgery",
            Self::HealthCheckup => "health_checkup",
        }
    }

    /// The item of that stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.as_str() == name)
    }
}

/// The patient's answer for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// For what.
    pub item: Item,
    /// Whether the patient agreed. A "no" to check-ups may also mean "under 40": it is not a refusal.
    pub granted: bool,
}

/// What is asked: the items and the wording they are asked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The items asked, in order, with their wording.
    pub items: Vec<QuestionItem>,
    /// The version of the wording.
    pub wording_version: String,
    /// BCP 47 language of the wording.
    pub language: String,
}

impl Question {
    /// Whether these answers fit: the wording that was shown, and each item answered once.
    ///
    /// # Errors
    /// The field that does not fit, and how to mend it.
    pub fn check(&self, decisions: &[Decision], wording_version: &str) -> Result<(), Refusal> {
        if wording_version != self.wording_version {
            let wanted = &self.wording_version;
            return Err(Refusal::field(
                "wording_version",
                format!("the wording shown must be {wanted}"),
            ));
        }
        for asked in &self.items {
            if decisions
                .iter()
                .filter(|decision| decision.item == asked.item)
                .count()
                != 1
            {
                let name = asked.item.as_str();
                return Err(Refusal::field("decisions", format!("answer {name} exactly once")));
            }
        }
        if decisions.len() != self.items.len() {
            return Err(Refusal::field(
                "decisions",
                "answer only the items that were asked",
            ));
        }
        Ok(())
    }
}

/// One item as it is put to the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionItem {
    /// For what.
    pub item: Item,
    /// The sentence shown.
    pub text: String,
}

/// How the answer was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMethod {
    /// On the caller's screen: a kiosk, a tablet or the EMR at the counter.
    Client,
    /// On the reader's screen.
    Reader,
}

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The visit.
    pub check_in_id: CheckInId,
    /// Where.
    pub counter_id: CounterId,
    /// SHA-256 of the certificate that identified the patient, in hexadecimal.
    pub certificate_thumbprint: String,
    /// The answers, one per item asked.
    pub decisions: Vec<Decision>,
    /// The version of the wording that was shown.
    pub wording_version: String,
    /// BCP 47 language of the wording that was shown.
    pub language: String,
    /// How the answer was taken.
    pub method: CaptureMethod,
    /// What auditors are told of it: kept with the receipt, or neither is.
    pub told: Event,
}

/// The record of an answer. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its name.
    pub id: ReceiptId,
    /// The visit.
    pub check_in_id: CheckInId,
    /// Where.
    pub counter_id: CounterId,
    /// SHA-256 of the certificate that identified the patient, in hexadecimal.
    pub certificate_thumbprint: String,
    /// The answers, one per item asked.
    pub decisions: Vec<Decision>,
    /// The version of the wording that was shown.
    pub wording_version: String,
    /// BCP 47 language of the wording that was shown.
    pub language: String,
    /// How the answer was taken.
    pub method: CaptureMethod,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
}

/// Port: asks in the right words and keeps the answers.
#[async_trait]
pub trait Consents: Send + Sync + 'static {
    /// What to ask, in the language nearest to the one wished for (BCP 47).
    fn question(&self, language: &str) -> Question;

    /// Records the answers; when it returns, the receipt and what auditors are told of it survive a crash. The same
    /// visit recorded again with the same answers returns the first receipt, and nobody is told again.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`] where it could not be written: then no data may be shown.
    async fn record(&self, record: Record) -> Result<Receipt, Reason>;

    /// A receipt by its name.
    ///
    /// # Errors
    /// [`Reason::ReceiptNotFound`], [`Reason::StoreUnavailable`].
    async fn get(&self, id: &ReceiptId) -> Result<Receipt, Reason>;

    /// The receipts of a visit, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason>;
}
