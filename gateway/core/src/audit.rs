//! What happened, for an auditor: who, what, where, with which outcome; never a name, PIN, number or image.

use std::borrow::Cow;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::check_in::VisualCheck;
use crate::{
    AuthenticationId, CallerId, CaseId, CheckInId, CounterId, DeferralId, DriverId, Medium, Method, ReaderId,
    Reason, StaffId,
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
    /// The eligibility service was asked without a card.
    EligibilityCheckedByNumber,
    /// Staff gave a result to the visit that it belongs to.
    ResultAssigned,
    /// The eligibility service was away, and the check was queued.
    EligibilityDeferred,
    /// A check that was queued was settled.
    EligibilityReconciled,
    /// A visit ended.
    CheckInEnded,
    /// An authentication that is no part of a visit ended.
    AuthenticationEnded,
    /// A patient's certificate expires soon, and the counter was told.
    CertificateExpiresSoon,
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
    /// Staff recorded a visit that a fallback settled.
    FallbackRecorded,
    /// Staff said what came of such a visit when it was checked later.
    FallbackReconciled,
    /// A new signing key was asked for.
    KeyRotated,
    /// Somebody called an RPC; a stream when it ended.
    RpcCalled,
    /// For a while the log could not be written.
    LogInterrupted,
}

/// A word of the program itself: a method, a role, a gRPC code. It is made of what stands in the source, so that
/// nothing that anybody sent can get into the log by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Word(Cow<'static, str>);

/// A text that no program of ours would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must hold 1 to 128 ASCII letters, digits and the characters - _ . /")]
pub struct InvalidWord;

impl Word {
    /// A word of the source.
    #[must_use]
    pub const fn new(word: &'static str) -> Self {
        Self(Cow::Borrowed(word))
    }

    /// The word as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Back from a log that was written before.
impl TryFrom<String> for Word {
    type Error = InvalidWord;

    fn try_from(text: String) -> Result<Self, InvalidWord> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if (1..=128).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(Cow::Owned(text)))
        } else {
            Err(InvalidWord)
        }
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0.into_owned()
    }
}

/// A call of an RPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Which: `/package.Service/Method`, or `unknown` where there is no such RPC.
    pub method: Word,
    /// What the caller may be.
    pub roles: Vec<Word>,
    /// The gRPC code with which it ended, such as `OK`.
    pub code: Word,
}

/// A time in which the log could not be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interruption {
    /// Since when, in microseconds since 1970.
    pub from_microseconds: i64,
    /// Until when.
    pub to_microseconds: i64,
    /// Events of that time that follow, late.
    pub late: u64,
    /// Events of that time that are not in the log: what they tell of was refused, or they were more than could be kept.
    pub lost: u64,
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
    /// The RPC, where it is about one.
    #[serde(default)]
    pub call: Option<Call>,
    /// What is not in the log, where it was interrupted.
    #[serde(default)]
    pub interruption: Option<Interruption>,
    /// Which case of the fallback, where it is about one.
    #[serde(default)]
    pub case_id: Option<CaseId>,
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
            call: None,
            interruption: None,
            case_id: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_no_sentence() {
        for wrong in ["", "山田", "a b", "1234@x", &"x".repeat(129)] {
            assert_eq!(Word::try_from(wrong.to_owned()), Err(InvalidWord), "{wrong}");
        }
        let word = Word::try_from("/madoguchi.audit.v1.AuditService/GetAuditStatus".to_owned()).unwrap();
        assert_eq!(word, Word::new("/madoguchi.audit.v1.AuditService/GetAuditStatus"));
    }
}
