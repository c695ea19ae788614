//! The question to オンライン資格確認等システム and its answer.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::certificate::{CertificateDer, Outcome};
use crate::consent::{Receipt, Window};
use crate::deferral::Proof;
use crate::{ChallengeId, CheckInId, Medium, Reason};

/// A challenge of the eligibility service, to be signed by the chip once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Its name.
    pub id: ChallengeId,
    /// The bytes to sign.
    pub bytes: Vec<u8>,
    /// When it stops being accepted.
    pub expires_at: OffsetDateTime,
}

/// What the service needs to answer.
#[derive(Debug, Clone)]
pub struct Request {
    /// The challenge that was signed.
    pub challenge_id: ChallengeId,
    /// The leaf from the card or phone.
    pub certificate: CertificateDer,
    /// What came along with it.
    pub intermediates: Vec<CertificateDer>,
    /// The chip's signature over the challenge.
    pub signature: Vec<u8>,
    /// What carried the certificate.
    pub medium: Medium,
    /// What the patient consented to; without one only the insurance itself is answered.
    pub receipt: Option<Receipt>,
}

/// What the service needs to answer for a visit that took place while it was away.
#[derive(Debug, Clone)]
pub struct DeferredRequest {
    /// The visit.
    pub check_in_id: CheckInId,
    /// What carried the certificate.
    pub medium: Medium,
    /// When the person was verified.
    pub verified_at: OffsetDateTime,
    /// What the chip signed, and with which key.
    pub proof: Proof,
}

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

/// The answer, already cut to what was consented. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether the data is made up: it comes from a stand-in of the national service, and no claim may rest on it.
    pub simulated: bool,
    /// Whether the patient is insured now.
    pub validity: Validity,
    /// What the certificate was good for in the service's own check.
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
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("validity", &self.validity)
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}

/// One insurance (資格). `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insurance {
    /// 保険者番号 InsurerNumber, up to 8 digits, without padding.
    pub insurer_number: String,
    /// 保険者名 InsurerName.
    pub insurer_name: String,
    /// 被保険者証記号 InsuredCardSymbol.
    pub symbol: Option<String>,
    /// 被保険者証番号 InsuredIdentificationNumber.
    pub number: String,
    /// 枝番 InsuredBranchNumber.
    pub branch_number: Option<String>,
    /// 氏名 Name.
    pub name: String,
    /// 氏名カナ NameKana.
    pub name_kana: Option<String>,
    /// 生年月日 Birthdate.
    pub birth_date: Date,
    /// 性別 Sex1: 1 male, 2 female, 3 not known.
    pub sex: u8,
    /// 住所 Address.
    pub address: Option<String>,
    /// 負担割合 InsuredPartialContributionRatio in percent (30 = 3割).
    pub contribution_percent: Option<u8>,
    /// 資格取得日 QualificationDate.
    pub qualified_on: Option<Date>,
    /// 資格喪失日 DisqualificationDate.
    pub disqualified_on: Option<Date>,
    /// 限度額適用認定証区分: passed on without consent since October 2024.
    pub limit_classification: Option<String>,
}

impl std::fmt::Debug for Insurance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Insurance(…)")
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

/// Port: the eligibility service.
#[async_trait]
pub trait Eligibility: Send + Sync + 'static {
    /// Makes a challenge of the service's own.
    ///
    /// # Errors
    /// [`Reason::EligibilityUnavailable`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn create_challenge(&self) -> Result<Challenge, Reason>;

    /// Verifies chain, validity and the signature over the service's own challenge, then answers, cut to what was
    /// consented. A challenge is good for one answer.
    ///
    /// # Errors
    /// The reason of the failed check, or why the service could not be asked.
    async fn check(&self, request: Request) -> Result<Answer, Reason>;

    /// Asks for a visit that took place while the service was away, with what the chip signed then. Asking twice for
    /// one visit is harmless. The answer is cut to what was consented.
    ///
    /// # Errors
    /// [`Reason::EligibilityUnavailable`] where it is still away; the reason of the failed check otherwise.
    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason>;

    /// Whether the card or phone of this certificate is registered as insurance card (利用登録).
    ///
    /// # Errors
    /// Why the service could not be asked.
    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason>;

    /// Registers it, as its owner wished; one that is registered stays so. When this returns, it is.
    ///
    /// # Errors
    /// Why it could not be registered.
    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason>;
}
