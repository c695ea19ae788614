//! The record of an answer, and what happened to it since. Nothing of it is ever changed: what comes later is a record
//! of its own beside it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Attestation, CaptureMethod, Decision, Item, OtherDecision, Requester};
use crate::{CallerId, CardKey, CheckInId, CounterId, ReceiptId, StaffId};

/// Whose consent it is, where it was given outside of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// SHA-256 of the certificate, in hexadecimal.
    Certificate(String),
    /// The keyed hash of the card.
    Card(CardKey),
}

/// The record of an answer. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its name.
    pub id: ReceiptId,
    /// The visit; nothing where it was recorded outside of one.
    pub check_in_id: Option<CheckInId>,
    /// Where; nothing where it was recorded outside of a visit.
    pub counter_id: Option<CounterId>,
    /// SHA-256 of the certificate that identified the patient, in hexadecimal; empty where only the card is known.
    pub certificate_thumbprint: String,
    /// The card under its keyed hash, where it was recorded for a card.
    #[serde(default)]
    pub card_key: Option<CardKey>,
    /// The answers, one per item asked.
    pub decisions: Vec<Decision>,
    /// Answers for items that this version does not know.
    #[serde(default)]
    pub others: Vec<OtherDecision>,
    /// The version of the wording that was shown.
    pub wording_version: String,
    /// BCP 47 language of the wording that was shown.
    pub language: String,
    /// How the answer was taken.
    pub method: CaptureMethod,
    /// Who stands for it, where no screen took it.
    #[serde(default)]
    pub attestation: Option<Attestation>,
    /// Who asked, where the configuration said so.
    #[serde(default)]
    pub requester: Option<Requester>,
    /// What for, in the language of the wording; empty on receipts of versions that did not say it.
    #[serde(default)]
    pub purpose: String,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
    /// The same as a JWS in compact form. Absent from receipts of versions that signed none.
    #[serde(default)]
    pub token: Option<String>,
    /// What the national service said about it since.
    #[serde(default)]
    pub confirmation: Option<Confirmation>,
    /// That it was taken back since.
    #[serde(default)]
    pub withdrawal: Option<Withdrawal>,
}

/// Until when an item may be seen, as the national service said it (ConsTime and AvailableTime, as observed). Never
/// computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Which item.
    pub item: Item,
    /// When the service took the consent down.
    pub consented_at: Option<OffsetDateTime>,
    /// Until when it gives the data.
    pub available_until: Option<OffsetDateTime>,
}

/// What the national service said about a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Whether a stand-in said it, with made-up data.
    pub simulated: bool,
    /// Whether the patient is under 40 on that day; nothing where no date of birth was given.
    pub under_forty: Option<bool>,
    /// Until when each item may be seen.
    pub windows: Vec<Window>,
}

/// What the national service said about a consent, recorded beside the receipt. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// What it said.
    pub said: Said,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
    /// The same as a JWS in compact form.
    pub token: String,
}

/// Why consent is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalReason {
    /// The patient wished it.
    Patient,
    /// It was recorded for the wrong patient, or wrongly.
    RecordedInError,
    /// The facility does not need it any more.
    NotNeeded,
}

/// What is asked for when consent is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdraw {
    /// Who asks.
    pub caller: CallerId,
    /// The member of staff, where one said who they are.
    pub staff_id: Option<StaffId>,
    /// Why.
    pub reason: WithdrawalReason,
}

/// That consent was taken back. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Who asked for it.
    pub caller: CallerId,
    /// The member of staff, where one said who they are.
    pub staff_id: Option<StaffId>,
    /// Why.
    pub reason: WithdrawalReason,
    /// When.
    pub withdrawn_at: OffsetDateTime,
    /// The same as a JWS in compact form.
    pub token: String,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Agreed.
    Granted,
    /// Not agreed.
    Refused,
    /// Not agreed, or under 40: the button says both, and nobody knows which (同意しない・40歳未満).
    RefusedOrUnderForty,
    /// There is nothing to agree to: the patient is under 40.
    NotApplicable,
}

impl Receipt {
    /// Whether data of this item may be shown at that moment: agreed to, not taken back, and not past the time that the
    /// national service gave. A receipt that contradicts itself grants nothing, and an item that this version does not
    /// know grants nothing that it knows.
    #[must_use]
    pub fn grants(&self, item: Item, at: OffsetDateTime) -> bool {
        let mut answers = self.decisions.iter().filter(|one| one.item == item).peekable();
        answers.peek().is_some() && answers.all(|one| one.granted) && self.is_effective(item, at)
    }

    /// Whether at that moment the receipt is neither taken back nor past its time, as far as this item is concerned.
    #[must_use]
    pub fn is_effective(&self, item: Item, at: OffsetDateTime) -> bool {
        let withdrawn = self
            .withdrawal
            .as_ref()
            .is_some_and(|taken| taken.withdrawn_at <= at);
        let over =
            |window: &Window| window.item == item && window.available_until.is_some_and(|until| until <= at);
        let windows = self
            .confirmation
            .iter()
            .flat_map(|confirmation| &confirmation.said.windows);
        !withdrawn && !windows.into_iter().any(over)
    }

    /// What the answer for this item means; nothing where there is none.
    #[must_use]
    pub fn meaning(&self, item: Item) -> Option<Meaning> {
        let mut answers = self.decisions.iter().filter(|one| one.item == item).peekable();
        answers.peek()?;
        if answers.all(|one| one.granted) {
            return Some(Meaning::Granted);
        }
        let under_forty = self
            .confirmation
            .as_ref()
            .and_then(|confirmation| confirmation.said.under_forty);
        Some(match (item, under_forty) {
            (Item::HealthCheckup, Some(true)) => Meaning::NotApplicable,
            (Item::HealthCheckup, None) => Meaning::RefusedOrUnderForty,
            _ => Meaning::Refused,
        })
    }

    /// The items that were refused: what a report of refusals counts.
    pub fn refusals(&self) -> impl Iterator<Item = Item> {
        let refused = |item: &Item| self.meaning(*item) == Some(Meaning::Refused);
        Item::ALL.into_iter().filter(refused)
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this certificate: SHA-256 in hexadecimal.
    pub certificate_thumbprint: Option<String>,
    /// Of this card.
    pub card_key: Option<CardKey>,
    /// Recorded then or later.
    pub recorded_from: Option<OffsetDateTime>,
    /// Recorded before.
    pub recorded_before: Option<OffsetDateTime>,
}

/// What happened to a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was recorded.
    Recorded,
    /// The national service said until when.
    Confirmed,
    /// It was taken back.
    Withdrawn,
    /// The time of an item is up.
    Expired(Item),
}

/// One thing that happened to a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// Rises by one.
    pub sequence: u64,
    /// Which receipt.
    pub receipt_id: ReceiptId,
    /// What.
    pub happened: Happened,
    /// When: of an item's time that is up, the end of that time.
    pub at: OffsetDateTime,
}

#[cfg(test)]
mod tests;
