//! The question to オンライン資格確認等システム and its answer: one canonical form, whichever back end answered.

mod answer;
mod batch;
mod insurance;
mod number;
mod observed;
mod status;
mod unmatched;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::CertificateDer;
use crate::consent::Receipt;
use crate::deferral::Proof;
use crate::{ChallengeId, CheckInId, Medium, Reason, ResultId};

pub use answer::{Answer, Basis, MedicalEntry, Processing, Source, Validity};
pub use batch::{BatchCheck, BatchResult, BatchState, Booking, BookingOutcome};
pub use insurance::{ElderlyCertificate, Insurance, LimitCertificate, PublicExpense, SpecificDisease};
pub use number::{NumberQuery, Person};
pub use observed::{ConsentFlag, NationalConsent, NationalItem, RawField, Report, What};
pub use status::{Availability, Circuit, Status};
pub use unmatched::{Unmatched, Why};

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
    /// The visit, where one asks: a result that arrives without a name is handed to it by that.
    pub visit: Option<CheckInId>,
    /// Whom the caller expects, where it says so. A certificate has no name in it.
    pub expected: Option<Person>,
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

/// Port: the eligibility service.
#[async_trait]
pub trait Eligibility: Send + Sync + 'static {
    /// Makes a challenge of the service's own.
    ///
    /// # Errors
    /// [`Reason::EligibilityUnavailable`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn create_challenge(&self) -> Result<Challenge, Reason>;

    /// Verifies chain, validity and the signature over the service's own challenge, then answers, cut to what was
    /// consented. A challenge is good for one answer. Cancel by dropping the future.
    ///
    /// # Errors
    /// The reason of the failed check, or why the service could not be asked;
    /// [`Reason::EligibilityAmbiguous`] where there is an answer and nobody knows whose it is.
    async fn check(&self, request: Request) -> Result<Answer, Reason>;

    /// Says that nobody will check with that challenge (any more). Never waits; saying it twice, or after the check, is
    /// harmless.
    fn leave(&self, challenge: &ChallengeId) {
        let _ = challenge;
    }

    /// Whether a result is still owed to a visit that is another gateway's: it was asked for, and nobody has it yet.
    fn owes(&self, visit: &CheckInId) -> bool {
        let _ = visit;
        false
    }

    /// Asks for a visit that took place while the service was away, with what the chip signed then. Asking twice for
    /// one visit is harmless. The answer is cut to what was consented.
    ///
    /// # Errors
    /// [`Reason::EligibilityUnavailable`] where it is still away; [`Reason::EligibilityResultPending`] where it is there
    /// and this visit has no result yet; the reason of the failed check otherwise.
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

    /// Asks without a card, by the number on an insurance card or 資格確認書. Nobody consented to anything: the
    /// insurance alone is answered. A query changes nothing, so that it may be sent again.
    ///
    /// # Errors
    /// [`Reason::EligibilityUnavailable`], [`Reason::EligibilityRefused`].
    async fn check_by_number(&self, query: &NumberQuery) -> Result<Answer, Reason> {
        let _ = query;
        Err(Reason::EligibilityUnavailable)
    }

    /// Hands a batch over and returns the ticket that its results are fetched with. The same batch again is the same
    /// ticket, also after a restart.
    ///
    /// # Errors
    /// As [`Eligibility::check_by_number`].
    async fn submit_batch(&self, batch: &BatchCheck) -> Result<String, Reason> {
        let _ = batch;
        Err(Reason::EligibilityUnavailable)
    }

    /// The results of a batch that was handed over, one a booking in any order; `None` while they are being made.
    ///
    /// # Errors
    /// As [`Eligibility::check_by_number`].
    async fn fetch_batch(
        &self,
        batch: &BatchCheck,
        ticket: &str,
    ) -> Result<Option<Vec<BatchResult>>, Reason> {
        let _ = (batch, ticket);
        Err(Reason::EligibilityUnavailable)
    }

    /// Results that arrived and that no visit was found for, oldest first: staff say whose they are.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn unmatched(&self) -> Result<Vec<Unmatched>, Reason> {
        Ok(Vec::new())
    }

    /// Gives such a result to a visit, once; a visit that waits for it goes on. Answers what the result says, cut to
    /// the visit's receipt.
    ///
    /// # Errors
    /// [`Reason::ResultNotFound`], also where it was given to another visit before; [`Reason::StoreUnavailable`].
    async fn assign(
        &self,
        result: &ResultId,
        visit: &CheckInId,
        receipt: Option<Receipt>,
    ) -> Result<Answer, Reason> {
        let _ = (result, visit, receipt);
        Err(Reason::ResultNotFound)
    }

    /// How the service is reached at the moment. Asks nobody and never waits.
    fn status(&self) -> Status {
        Status::always(Source::StandIn)
    }
}
