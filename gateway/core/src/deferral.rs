//! A visit while the eligibility service is away: the person is known, the service is asked later (後日確認).
//!
//! Nothing is bypassed by it. Local verification says who the person is and what the certificate is good for; whether
//! the person is insured stays open until the service has answered, and the visit says so from the first moment.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::{CertificateDer, Outcome as CertificateOutcome};
use crate::check_in::NextStep;
use crate::consent::Receipt;
use crate::eligibility::Answer;
use crate::{ChallengeId, CheckInId, CounterId, DeferralId, Medium, Method, Reason};

/// The service was away during a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// What the service, or the way to it, said.
    pub reason: Reason,
    /// When the visit first met it.
    pub since: OffsetDateTime,
}

/// The end of a visit whose check was put off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// The check that is queued.
    pub deferral_id: DeferralId,
    /// What the certificate is good for, as far as this gateway can say.
    pub certificate: CertificateOutcome,
    /// Why the service was not asked, or what it answered.
    pub reason: Reason,
    /// What may be done at the counter in the meantime, in this order.
    pub next_steps: Vec<NextStep>,
}

/// What is kept so that the service can be asked later. Personal data: gone once the check is settled. `Debug` shows
/// nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The leaf from the card or phone.
    pub certificate: CertificateDer,
    /// What the chip signed.
    pub challenge: Vec<u8>,
    /// The service's own name for it, where the challenge was the service's.
    pub challenge_id: Option<ChallengeId>,
    /// The chip's signature over the challenge.
    pub signature: Vec<u8>,
    /// What the patient consented to.
    pub receipt: Option<Receipt>,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}

/// A check that is put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeferral {
    /// The visit; one visit has at most one.
    pub check_in_id: CheckInId,
    /// Where.
    pub counter_id: CounterId,
    /// With what.
    pub medium: Medium,
    /// How the person was verified.
    pub method: Method,
    /// What the certificate was good for.
    pub certificate: CertificateOutcome,
    /// Why the service was not asked, or what it answered.
    pub because: Reason,
    /// When the person was verified.
    pub verified_at: OffsetDateTime,
    /// What the service will be asked with.
    pub proof: Proof,
}

/// Where a check that was put off stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for the service.
    Open,
    /// The service answered.
    Answered,
    /// The service refused it; staff have to look.
    Refused,
    /// Nobody asks the service any more: too old, or staff settled it otherwise.
    Abandoned,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Answered, Self::Refused, Self::Abandoned];

    /// The stable name used in the database and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Abandoned => "abandoned",
        }
    }

    /// The state of that stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A check that was put off, as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// Its name.
    pub id: DeferralId,
    /// The visit.
    pub check_in_id: CheckInId,
    /// Where.
    pub counter_id: CounterId,
    /// With what.
    pub medium: Medium,
    /// How the person was verified.
    pub method: Method,
    /// What the certificate was good for.
    pub certificate: CertificateOutcome,
    /// Why the service was not asked, or what it answered.
    pub because: Reason,
    /// Where it stands.
    pub state: State,
    /// When the person was verified.
    pub verified_at: OffsetDateTime,
    /// When it was queued.
    pub queued_at: OffsetDateTime,
    /// How often it was this check's turn. It also is where nobody was asked, because the line was known to be down.
    pub attempt_count: u32,
    /// What the last attempt ended with, where it did not succeed.
    pub last_reason: Option<Reason>,
    /// When it was settled.
    pub settled_at: Option<OffsetDateTime>,
    /// The answer, cut to what was consented, until its time is up.
    pub answer: Option<Answer>,
}

/// Port: puts a check off.
#[async_trait]
pub trait Deferrals: Send + Sync + 'static {
    /// Queues a check; when it returns, it survives a crash. The same visit again is the same deferral.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn put_off(&self, new: NewDeferral) -> Result<Deferral, Reason>;
}

/// What a failed attempt says about the check that it was made for, and about the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// The service judged this proof: asking again would change nothing.
    Verdict,
    /// This check cannot be answered now; others may be.
    ThisOne,
    /// Nobody would be answered now.
    Everyone,
}

impl Bearing {
    /// Exhaustive on purpose: a proof is erased with its verdict, and what is no verdict for certain leaves it there.
    /// What this gateway has verified itself and the service judges otherwise (whom to trust, which hierarchy, what time it
    /// is) is a difference of two configurations, which somebody can mend; so is a question that was not understood.
    #[must_use]
    pub const fn of(reason: Reason) -> Self {
        match reason {
            Reason::CertificateExpired
            | Reason::CertificateInGrace
            | Reason::CertificateMalformed
            | Reason::CertificateWrongUsage
            | Reason::CertificateWeak
            | Reason::CertificateRevoked
            | Reason::SignatureInvalid
            | Reason::ChallengeUnknown
            | Reason::ConsentReceiptInvalid
            | Reason::RegistrationDeclined => Self::Verdict,

            Reason::EligibilityUnavailable
            | Reason::GatewayShuttingDown
            | Reason::GatewayRestarted
            | Reason::Unauthenticated
            | Reason::PermissionDenied
            | Reason::Overloaded
            | Reason::StoreUnavailable => Self::Everyone,

            Reason::CertificateNotYetValid
            | Reason::CertificateNotTrusted
            | Reason::CertificateTestHierarchy
            | Reason::CertificateRealHierarchy
            | Reason::CertificatePolicyMismatch
            | Reason::CertificateUnreadable
            | Reason::ReceiptNotFound
            | Reason::EvidenceNotFound
            | Reason::SigningKeysReadOnly
            | Reason::DeferralNotFound
            | Reason::EligibilityRefused
            | Reason::EligibilityAmbiguous
            | Reason::EligibilityResultPending
            | Reason::ResultNotFound
            | Reason::BatchCheckNotFound
            | Reason::ReaderNotFound
            | Reason::ReaderUnavailable
            | Reason::ReaderServiceUnavailable
            | Reason::ReaderRemoved
            | Reason::ReaderOutOfService
            | Reason::ReaderBusy
            | Reason::DriverNotFound
            | Reason::DriverFailed
            | Reason::DriverTimeout
            | Reason::DriverProtocolError
            | Reason::CardWaitTimeout
            | Reason::CardRemoved
            | Reason::CardNotRecognized
            | Reason::CardObsolete
            | Reason::CardUnresponsive
            | Reason::CardProtocolError
            | Reason::MediumMismatch
            | Reason::PinWrong
            | Reason::PinLocked
            | Reason::PinNotSet
            | Reason::PinLastTryNotConfirmed
            | Reason::PinOutcomeUnknown
            | Reason::FaceNotVerified
            | Reason::VisualCheckRefused
            | Reason::PhoneNotArmed
            | Reason::PatientQuit
            | Reason::PatientTimeout
            | Reason::CaseNotFound
            | Reason::CaseSettled
            | Reason::CounterNotFound
            | Reason::CounterBusy
            | Reason::CheckInNotFound
            | Reason::AuthenticationNotFound
            | Reason::ActionNotPending
            | Reason::RequestIdReused
            | Reason::SequenceUnknown
            | Reason::VisitExpired
            | Reason::VisitCancelled
            | Reason::InvalidArgument
            | Reason::Internal => Self::ThisOne,
        }
    }
}
