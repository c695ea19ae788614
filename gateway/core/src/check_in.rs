//! A check-in (受付): the whole visit to the counter, from the medium to the eligibility answer.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::audit;
use crate::certificate::{Check, Outcome as CertificateOutcome};
use crate::consent::{Question, Receipt};
use crate::deferral::{Deferred, Outage};
use crate::eligibility::Answer;
use crate::evidence::Evidence;
use crate::{ActionId, CallerId, CheckInId, CounterId, Medium, Method, ReaderId, Reason, StaffId};

/// Where a check-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The caller has to say which medium the patient uses.
    ChoosingMedium,
    /// Somebody has to say how the person is verified.
    ChoosingMethod,
    /// The PIN has to be typed.
    WaitingForPin,
    /// The patient has to put the card on the reader or hold the phone to it.
    WaitingForCard,
    /// The card is being read.
    ReadingCard,
    /// The face is being verified on the reader.
    VerifyingFace,
    /// Staff have to compare face and card (目視).
    WaitingForStaff,
    /// The PIN is being verified and the challenge signed.
    Signing,
    /// Somebody has to say whether the card is to be registered as insurance card (利用登録).
    WaitingForRegistration,
    /// The patient's consent has to be submitted.
    WaitingForConsent,
    /// The eligibility service is being asked.
    CheckingEligibility,
    /// Done, in full or for eligibility only.
    Completed,
    /// The person is known and the eligibility service was away: the check is queued.
    Deferred,
    /// It ended without an answer; the failure says why.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
    /// Nobody went on before its time was up.
    Expired,
}

impl State {
    /// Whether nothing follows any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Deferred | Self::Failed | Self::Cancelled | Self::Expired
        )
    }

    /// The stable name used in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChoosingMedium => "choosing_medium",
            Self::ChoosingMethod => "choosing_method",
            Self::WaitingForPin => "waiting_for_pin",
            Self::WaitingForCard => "waiting_for_card",
            Self::ReadingCard => "reading_card",
            Self::VerifyingFace => "verifying_face",
            Self::WaitingForStaff => "waiting_for_staff",
            Self::Signing => "signing",
            Self::WaitingForRegistration => "waiting_for_registration",
            Self::WaitingForConsent => "waiting_for_consent",
            Self::CheckingEligibility => "checking_eligibility",
            Self::Completed => "completed",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// What the caller has to submit before the visit can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingAction {
    /// Its name: a submission says which action it answers, so that one that is sent twice counts once.
    pub id: ActionId,
    /// What it is.
    pub action: Action,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Which medium the patient uses.
    ChooseMedium {
        /// What this counter can read now.
        options: Vec<Medium>,
    },
    /// How the person is verified.
    ChooseMethod {
        /// What this card and the counter's reader allow.
        options: Vec<Method>,
    },
    /// The PIN, typed by the patient (or the guardian of a child).
    EnterPin(PinPrompt),
    /// Staff compare face and card by eye (目視) and say whether it is the same person.
    CheckVisually(VisualPrompt),
    /// Whether the card is registered as insurance card (利用登録), which it is not yet.
    DecideRegistration,
    /// The patient's answers.
    DecideConsents(Question),
}

/// How the PIN is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPrompt {
    /// Tries left, where the card was asked already.
    pub tries_left: Option<u8>,
    /// Whether this is the last try: the submission must then confirm it.
    pub last_try: bool,
    /// Why it is asked again: [`Reason::PinWrong`], [`Reason::PinLastTryNotConfirmed`] or [`Reason::CardRemoved`].
    pub again_because: Option<Reason>,
}

/// Why staff are asked to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisualPrompt {
    /// What failed or cannot be done; nothing where the patient chose it.
    pub because: Option<Reason>,
    /// Whether staff can also confirm on the reader itself.
    pub on_reader: bool,
}

/// What staff said after they had looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisualCheck {
    /// Whether it is the same person.
    pub confirmed: bool,
    /// Who looked: the facility's own name for a member of staff, never a patient's; [`StaffId::at_the_reader`] where
    /// they confirmed on the reader.
    pub staff_id: StaffId,
    /// Why it was necessary; nothing where a maker's own program led the visit, which does not say.
    pub cause: Option<VisualCause>,
}

/// Why a visual check was necessary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisualCause {
    /// The face was not verified and the patient has no PIN or forgot it.
    FaceAndPin,
    /// The PIN is locked.
    PinLocked,
    /// The camera or the reader's face verification does not work.
    ReaderTrouble,
    /// The patient cannot use the reader: a wheelchair, a child on the arm, a mask that has to stay on.
    CannotUseReader,
    /// The patient asked for it.
    PatientAsked,
}

/// What to tell the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guidance {
    /// Put the card on the reader.
    PresentCard,
    /// Hold the phone to the reader.
    HoldPhone,
    /// Something else than the chosen medium was held up: choose the right one.
    OtherMedium,
    /// It was taken away too early: hold it still.
    KeepStill,
    /// It could not be read: try again, perhaps another way round.
    TryAgain,
    /// Keep the card on the reader and type the PIN.
    TypePin,
    /// Take the card along.
    TakeCard,
    /// Something was held up too early: answer on the reader's screen first.
    TouchScreenFirst,
    /// Go on at the reader's screen.
    UseReaderScreen,
    /// Look at the camera.
    LookAtCamera,
    /// The face was not recognised: look at the camera again, without mask or sunglasses.
    FaceAgain,
    /// Only one person may be in front of the camera.
    OnePersonOnly,
    /// The camera is covered.
    UncoverCamera,
    /// The iPhone is not ready any more: confirm in Wallet by Face ID or Touch ID, then hold it to the reader.
    ArmWallet,
    /// Wait: staff come and look.
    WaitForStaff,
}

/// Why and what now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub reason: Reason,
    /// What may be done instead, in this order.
    pub next_steps: Vec<NextStep>,
}

/// What may be done when a verification did not succeed, in the ministry's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextStep {
    /// Start again with the same medium.
    TryAgain,
    /// Use the card instead of the phone.
    UseCard,
    /// Log in to マイナポータル on the spot and show the 資格情報 screen (or, without a phone, its PDF).
    ShowMynaportal,
    /// Show 資格情報のお知らせ together with the card.
    ShowEligibilityNotice,
    /// Show 資格確認書.
    ShowEligibilityCertificate,
    /// Returning patient: oral confirmation against known data.
    ConfirmOrally,
    /// First visit: 被保険者資格申立書, checked later.
    FileDeclaration,
    /// Afterwards: have the PIN unlocked, the certificate renewed or the card looked at by the municipality.
    VisitMunicipality,
    /// Staff look at the reader: cable, power, driver.
    CheckReader,
    /// Verify by face at this counter's reader.
    UseFace,
    /// Staff compare face and card by eye (目視), on the reader, at the console or in the EMR.
    CheckVisually,
    /// Register the card as insurance card (利用登録), here or in マイナポータル.
    RegisterCard,
    /// Show the old 健康保険証, as long as it was accepted.
    ShowInsuranceCard,
    /// Type the PIN of the card, which still has tries.
    UsePin,
    /// Go on with the insurance alone (資格情報のみ): the card's certificate is in its grace.
    ContinueEligibilityOnly,
}

impl NextStep {
    /// Every step there is.
    pub const ALL: [Self; 15] = [
        Self::TryAgain,
        Self::UseCard,
        Self::ShowMynaportal,
        Self::ShowEligibilityNotice,
        Self::ShowEligibilityCertificate,
        Self::ConfirmOrally,
        Self::FileDeclaration,
        Self::VisitMunicipality,
        Self::CheckReader,
        Self::UseFace,
        Self::CheckVisually,
        Self::RegisterCard,
        Self::ShowInsuranceCard,
        Self::UsePin,
        Self::ContinueEligibilityOnly,
    ];
}

/// Who ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    /// The caller asked for it.
    Caller,
    /// The gateway was asked to shut down.
    Shutdown,
    /// The patient stopped it on the reader.
    Patient,
}

/// The typed end of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Checked in.
    Completed(CertificateOutcome),
    /// The person is known, and the eligibility service is asked later.
    Deferred(Deferred),
    /// Not checked in.
    Failed(Failure),
    /// Somebody cancelled it.
    Cancelled(CancelledBy),
    /// Nobody went on before its time was up.
    Expired,
}

/// A check-in as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckIn {
    /// Its name.
    pub id: CheckInId,
    /// Who started it.
    pub caller: CallerId,
    /// Where.
    pub counter_id: CounterId,
    /// Rises with each change.
    pub sequence: u64,
    /// Where it stands.
    pub state: State,
    /// What the caller has to submit now.
    pub pending: Option<PendingAction>,
    /// What to tell the patient now.
    pub guidance: Option<Guidance>,
    /// What the patient holds up, once it is known.
    pub medium: Option<Medium>,
    /// How the person was verified, once it is.
    pub method: Option<Method>,
    /// What staff said, where they looked.
    pub visual_check: Option<VisualCheck>,
    /// The reader that is used, once one is.
    pub reader_id: Option<ReaderId>,
    /// What the certificate is good for, once it was read.
    pub check: Option<Check>,
    /// The consent receipt, once the patient answered.
    pub receipt: Option<Receipt>,
    /// The eligibility answer, cut to what was consented.
    pub answer: Option<Answer>,
    /// That the eligibility service was away, once the visit met it.
    #[serde(default)]
    pub outage: Option<Outage>,
    /// The evidence of it, once it ended well.
    pub evidence: Option<Evidence>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// APDUs that the card was sent.
    pub apdu_count: u32,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it changed last.
    pub updated_at: OffsetDateTime,
    /// When it expires unless it ended before.
    pub expires_at: OffsetDateTime,
}

impl CheckIn {
    /// An event of this visit for auditors, as asked for by who started it.
    #[must_use]
    pub fn event(&self, action: audit::Action, reason: Option<Reason>) -> audit::Event {
        audit::Event {
            caller: Some(self.caller.clone()),
            counter_id: Some(self.counter_id.clone()),
            check_in_id: Some(self.id.clone()),
            medium: self.medium,
            method: self.method,
            reason,
            visual_check: self.visual_check.clone(),
            ..audit::Event::new(action)
        }
    }
}
