//! What the patient lets the facility see, item by item.

mod question;
mod receipt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::audit::Event;
use crate::{CallerId, CheckInId, ConsentItemId, CounterId, Reason, ReceiptId, Refusal, RequestId, StaffId};

pub use question::{OtherQuestionItem, Question, QuestionItem};
pub use receipt::{
    Confirmation, Filter, Happened, Happening, Meaning, Receipt, Said, Subject, Window, Withdraw, Withdrawal,
    WithdrawalReason,
};

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

/// An answer for an item that this version does not know, or does not know yet: kept, passed on, and never taken for
/// consent to anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherDecision {
    /// For what.
    pub item_id: ConsentItemId,
    /// Whether the patient agreed.
    pub granted: bool,
}

/// Who asks for consent: the facility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// Its name, as patients know it.
    pub name: String,
    /// 医療機関コード: ten digits; nothing where the configuration does not say it.
    pub facility_code: Option<String>,
}

/// How the answer was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMethod {
    /// On the caller's screen: a kiosk, a tablet or the EMR at the counter.
    Client,
    /// On the reader's screen.
    Reader,
    /// On a signed paper, for a patient who cannot come to a reader.
    Paper,
    /// Told to staff, by a patient who cannot come to a reader.
    Staff,
}

impl CaptureMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Client, Self::Reader, Self::Paper, Self::Staff];

    /// The stable name used in machine output and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Reader => "reader",
            Self::Paper => "paper",
            Self::Staff => "staff",
        }
    }
}

/// Who stands for an answer that no reader and no screen took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Whether there is a paper.
    pub form: AttestedForm,
    /// The member of staff.
    pub staff_id: StaffId,
    /// Why the patient did not answer on a screen.
    pub cause: AttestedCause,
    /// Where the paper is kept: the facility's own number for it, never a scan.
    #[serde(default)]
    pub document_reference: Option<String>,
}

/// What an attestation rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttestedForm {
    /// A signed paper.
    Paper,
    /// Spoken words.
    Spoken,
}

impl AttestedForm {
    /// The capture method that it is.
    #[must_use]
    pub const fn method(self) -> CaptureMethod {
        match self {
            Self::Paper => CaptureMethod::Paper,
            Self::Spoken => CaptureMethod::Staff,
        }
    }
}

/// Why a patient did not answer on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttestedCause {
    /// In a car.
    InCar,
    /// In bed, in a ward or at home.
    InBed,
    /// In isolation.
    Isolation,
    /// At night, or while the reception is closed.
    OutOfHours,
    /// Cannot use a screen.
    CannotUseScreen,
    /// No reader or screen works.
    Outage,
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
    /// Answers for items that only the wording knows.
    pub others: Vec<OtherDecision>,
    /// The version of the wording that was shown.
    pub wording_version: String,
    /// BCP 47 language of the wording that was shown.
    pub language: String,
    /// How the answer was taken.
    pub method: CaptureMethod,
    /// Who stands for it, where no screen took it.
    pub attestation: Option<Attestation>,
    /// What auditors are told of it: kept with the receipt, or neither is.
    pub told: Event,
}

/// What staff record outside of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// Who asks.
    pub caller: CallerId,
    /// The caller's name for the request.
    pub request_id: RequestId,
    /// Whose consent it is.
    pub subject: Subject,
    /// The answers, one per item asked.
    pub decisions: Vec<Decision>,
    /// Answers for items that only the wording knows.
    pub others: Vec<OtherDecision>,
    /// The version of the wording that was read out or printed.
    pub wording_version: String,
    /// BCP 47 language of it.
    pub language: String,
    /// Who stands for it.
    pub attestation: Attestation,
}

/// What was answered, to which words.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// For the items that this version knows.
    pub decisions: &'a [Decision],
    /// For the items that only the wording knows.
    pub others: &'a [OtherDecision],
    /// The version of the wording.
    pub wording_version: &'a str,
    /// Its language.
    pub language: &'a str,
    /// Whether somebody stands for them: a paper may have been signed before the wording that is asked now.
    pub attested: bool,
}

/// Port: asks in the right words and keeps the answers.
#[async_trait]
pub trait Consents: Send + Sync + 'static {
    /// What to ask, in the language nearest to the one wished for (BCP 47).
    fn question(&self, language: &str) -> Question;

    /// Whether there is anything of this item to agree to for somebody born then, on that day.
    fn applies(&self, item: Item, born: Date, on: Date) -> bool;

    /// Whether answers could be recorded: each item answered once, in words that were asked.
    ///
    /// # Errors
    /// The field that does not fit, and how to mend it.
    fn check(&self, answers: &Answers<'_>) -> Result<(), Refusal>;

    /// Records the answers; when it returns, the receipt survives a crash. The same visit recorded again with the
    /// same answers returns the first receipt.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`] where it could not be written: then no data may be shown.
    async fn record(&self, record: Record) -> Result<Receipt, Reason>;

    /// Records what staff or a paper say of a patient who cannot come to a reader, outside of a visit. The same request
    /// again returns the first receipt.
    ///
    /// # Errors
    /// The field that does not fit, [`Reason::RequestIdReused`], [`Reason::StoreUnavailable`].
    async fn record_attested(&self, attested: Attested) -> Result<Receipt, Refusal>;

    /// Records that the patient, or somebody for the facility, takes consent back. What was withdrawn stays so: again,
    /// it returns the receipt with the first withdrawal.
    ///
    /// # Errors
    /// [`Reason::ReceiptNotFound`], [`Reason::StoreUnavailable`].
    async fn withdraw(&self, id: &ReceiptId, withdrawal: Withdraw) -> Result<Receipt, Reason>;

    /// Records what the national service said about a receipt: until when, and how old the patient is. The first word
    /// stays.
    ///
    /// # Errors
    /// [`Reason::ReceiptNotFound`], [`Reason::StoreUnavailable`].
    async fn confirm(&self, id: &ReceiptId, said: Said) -> Result<Receipt, Reason>;

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

    /// At most `limit` receipts that fit the filter, oldest first, after the one of that name.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn find(
        &self,
        filter: Filter,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>, Reason>;

    /// Records each item whose time is up and says which. Called now and then.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn expire(&self) -> Result<Vec<Happening>, Reason>;

    /// At most `limit` happenings after that number, in order.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn happenings(&self, after: u64, limit: u32) -> Result<Vec<Happening>, Reason>;

    /// The number of the last happening; 0 before the first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn last_happening(&self) -> Result<u64, Reason>;
}
