//! What happened, for an auditor: who, what, where, with which outcome; never a name, PIN, number or image.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::check_in::VisualCheck;
use crate::{
    AuthenticationId, CallerId, CheckInId, CounterId, DeferralId, DriverId, Medium, Method, ReaderId, Reason,
    StaffId,
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A visit began.
    CheckInStarted,
    /// A person was authenticated, or was not.
    Authenticated,
    /// A PIN is about to be sent to a card: a try may be spent from here on.
    PinSubmitted,
    /// A card answered to a PIN, or was lost before it did.
    PinVerified,
    /// Staff compared face and card by eye (目視).
    VisualChecked,
    /// A card was registered as insurance card (利用登録).
    CardRegistered,
    /// A patient's answers were recorded.
    ConsentRecorded,
    /// Consent was taken back.
    ConsentWithdrawn,
    /// The time of an item of consent is up.
    ConsentExpired,
    /// The eligibility service was asked.
    EligibilityChecked,
    /// The eligibility service was away, and the check was queued.
    EligibilityDeferred,
    /// A check that was queued was settled.
    EligibilityReconciled,
    /// A visit ended.
    CheckInEnded,
    /// An authentication that is no part of a visit ended.
    AuthenticationEnded,
    /// A certificate was read without a visit.
    CertificateRead,
    /// A driver was restarted on request.
    DriverRestarted,
    /// A driver was upgraded on request, or another process of it was tried.
    DriverUpgraded,
    /// Staff took a reader out of service.
    ReaderTakenOutOfService,
    /// Staff put a reader back into service.
    ReaderReturnedToService,
    /// A new signing key was asked for.
    KeyRotated,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What.
    pub action: Action,
    /// Who asked for it, where somebody did.
    pub caller: Option<CallerId>,
    /// Where.
    pub counter_id: Option<CounterId>,
    /// In which visit.
    pub check_in_id: Option<CheckInId>,
    /// In which authentication, where it is no part of a visit.
    #[serde(default)]
    pub authentication_id: Option<AuthenticationId>,
    /// With what.
    pub medium: Option<Medium>,
    /// How the person was verified.
    pub method: Option<Method>,
    /// Why not, where it did not succeed.
    pub reason: Option<Reason>,
    /// Who looked, why and with which result.
    #[serde(default)]
    pub visual_check: Option<VisualCheck>,
    /// Which reader, where it is about one.
    #[serde(default)]
    pub reader_id: Option<ReaderId>,
    /// Which driver, where it is about one.
    #[serde(default)]
    pub driver_id: Option<DriverId>,
    /// Which member of staff, where one said who they are and nothing above says it.
    #[serde(default)]
    pub staff_id: Option<StaffId>,
    /// Which check that was put off, where it is about one.
    #[serde(default)]
    pub deferral_id: Option<DeferralId>,
}

impl Event {
    /// An event of that kind with nothing else known.
    #[must_use]
    pub const fn new(action: Action) -> Self {
        Self {
            action,
            caller: None,
            counter_id: None,
            check_in_id: None,
            authentication_id: None,
            medium: None,
            method: None,
            reason: None,
            visual_check: None,
            reader_id: None,
            driver_id: None,
            staff_id: None,
            deferral_id: None,
        }
    }
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Rises by one.
    pub sequence: u64,
    /// When it was appended.
    pub recorded_at: OffsetDateTime,
    /// What happened.
    pub event: Event,
    /// Hash of this entry over the hash of the one before, in hexadecimal.
    pub hash: String,
}

/// Port: the append-only log.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Appends; when it returns, the event survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`] where it could not be written.
    async fn append(&self, event: Event) -> Result<(), Reason>;
}
