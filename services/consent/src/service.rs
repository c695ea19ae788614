//! The consent service: asks, checks, signs, keeps.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::clock::to_microsecond;
use madoguchi_core::consent::{
    Answers, Attested, Confirmation, Consents, Filter, Happening, Item, Question, Receipt, Record, Requester,
    Said, Subject, Withdraw, Withdrawal,
};
use madoguchi_core::signing::{Purpose, Signer};
use madoguchi_core::{CheckInId, Clock, Reason, ReceiptId, Refusal};
use time::{Date, OffsetDateTime};

use crate::{Claims, Items, ReceiptStore, Wording};

/// Items whose time is up that are recorded in one go.
const MAX_EXPIRIES: u32 = 256;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The name of the gateway: `iss` of what it signs.
    pub issuer: String,
    /// The facility, where the configuration says which it is.
    pub requester: Option<Requester>,
}

/// What the service is made of.
#[derive(Clone)]
pub struct Parts {
    /// What there is to agree to.
    pub items: Items,
    /// The sentences.
    pub wording: Wording,
    /// Who asks.
    pub options: Options,
    /// Where receipts are kept.
    pub store: Arc<dyn ReceiptStore>,
    /// Signs them.
    pub signer: Arc<dyn Signer>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

/// Asks in the right words and keeps the answers in a store. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    parts: Arc<Parts>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    /// A service of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    fn sign(&self, claims: &Claims) -> Result<String, Reason> {
        let payload = serde_json::to_vec(claims).map_err(|_| Reason::Internal)?;
        self.parts.signer.sign(Purpose::Consent, &payload)
    }

    /// Fills in what the caller does not say, and signs.
    fn complete(&self, mut receipt: Receipt) -> Result<Receipt, Refusal> {
        self.check(&Answers {
            decisions: &receipt.decisions,
            others: &receipt.others,
            wording_version: &receipt.wording_version,
            language: &receipt.language,
            attested: receipt.attestation.is_some(),
        })?;
        let Parts { wording, options, .. } = &*self.parts;
        receipt.requester = options.requester.clone();
        receipt.purpose = wording
            .purpose(&receipt.wording_version, &receipt.language)
            .to_owned();
        receipt.token = Some(self.sign(&Claims::receipt(&options.issuer, &receipt))?);
        Ok(receipt)
    }

    fn now(&self) -> OffsetDateTime {
        to_microsecond(self.parts.clock.now())
    }
}

/// A receipt that is not filled in yet.
fn blank(recorded_at: OffsetDateTime, record: Record) -> Receipt {
    in_order(Receipt {
        id: ReceiptId::generate(),
        check_in_id: Some(record.check_in_id),
        counter_id: Some(record.counter_id),
        certificate_thumbprint: record.certificate_thumbprint,
        card_key: None,
        decisions: record.decisions,
        others: record.others,
        wording_version: record.wording_version,
        language: record.language,
        method: record.method,
        attestation: record.attestation,
        requester: None,
        purpose: String::new(),
        recorded_at,
        token: None,
        confirmation: None,
        withdrawal: None,
    })
}

/// The same for what staff say outside of a visit.
fn blank_attested(recorded_at: OffsetDateTime, attested: Attested) -> Receipt {
    let (certificate_thumbprint, card_key) = match attested.subject {
        Subject::Certificate(thumbprint) => (thumbprint, None),
        Subject::Card(card) => (String::new(), Some(card)),
    };
    in_order(Receipt {
        id: ReceiptId::generate(),
        check_in_id: None,
        counter_id: None,
        certificate_thumbprint,
        card_key,
        decisions: attested.decisions,
        others: attested.others,
        wording_version: attested.wording_version,
        language: attested.language,
        method: attested.attestation.form.method(),
        attestation: Some(attested.attestation),
        requester: None,
        purpose: String::new(),
        recorded_at,
        token: None,
        confirmation: None,
        withdrawal: None,
    })
}

/// One order, so that the same answers are the same receipt however the client listed them.
fn in_order(mut receipt: Receipt) -> Receipt {
    receipt.decisions.sort_by_key(|decision| decision.item);
    receipt
        .others
        .sort_by(|one, other| one.item_id.cmp(&other.item_id));
    receipt
}

/// Whether a receipt says the same as one that was kept before: all that the caller says, and nothing of what is filled in
/// here or came later.
fn says_the_same(receipt: Receipt, kept: &Receipt) -> bool {
    let same = Receipt {
        id: kept.id.clone(),
        requester: kept.requester.clone(),
        purpose: kept.purpose.clone(),
        recorded_at: kept.recorded_at,
        token: kept.token.clone(),
        confirmation: kept.confirmation.clone(),
        withdrawal: kept.withdrawal.clone(),
        ..receipt
    };
    same == *kept
}

/// The receipt that is kept under a request's name, where it is this request's.
fn repeated(receipt: Receipt, kept: Receipt) -> Result<Receipt, Refusal> {
    match says_the_same(receipt, &kept) {
        true => Ok(kept),
        false => Err(Reason::RequestIdReused.into()),
    }
}

#[async_trait]
impl Consents for Service {
    fn question(&self, language: &str) -> Question {
        Question {
            requester: self.parts.options.requester.clone(),
            ..self.parts.wording.question(language, &self.parts.items)
        }
    }

    fn check(&self, answers: &Answers<'_>) -> Result<(), Refusal> {
        Ok(self.parts.wording.check(answers, &self.parts.items)?)
    }

    fn applies(&self, item: Item, born: Date, on: Date) -> bool {
        self.parts.items.applies(item, born, on)
    }

    async fn record(&self, record: Record) -> Result<Receipt, Reason> {
        let told = record.told.clone();
        let receipt = self.complete(blank(self.now(), record));
        let receipt = receipt.map_err(|refusal| refusal.reason)?;
        let kept = self.parts.store.insert(receipt.clone(), None, told).await?;
        // The visit was answered before: the same answers again are a repetition, others come too late.
        match says_the_same(receipt, &kept) {
            true => Ok(kept),
            false => Err(Reason::ActionNotPending),
        }
    }

    async fn record_attested(&self, attested: Attested) -> Result<Receipt, Refusal> {
        let (caller, request_id) = (attested.caller.clone(), attested.request_id.clone());
        let receipt = blank_attested(self.now(), attested);
        // What was acknowledged stays so, whatever is asked or who asks by now.
        if let Some(kept) = self.parts.store.of_request(&caller, &request_id).await? {
            return repeated(receipt, kept);
        }
        let receipt = self.complete(receipt)?;
        let told = Event {
            caller: Some(caller.clone()),
            staff_id: receipt.attestation.as_ref().map(|word| word.staff_id.clone()),
            ..Event::new(Action::ConsentRecorded)
        };
        let request = Some((caller, request_id));
        let kept = self.parts.store.insert(receipt.clone(), request, told).await?;
        repeated(receipt, kept)
    }

    async fn withdraw(&self, id: &ReceiptId, asked: Withdraw) -> Result<Receipt, Reason> {
        let receipt = self.get(id).await?;
        if receipt.withdrawal.is_some() {
            return Ok(receipt);
        }
        let withdrawn_at = self.now();
        let Withdraw {
            caller,
            staff_id,
            reason,
        } = asked;
        let issuer = &self.parts.options.issuer;
        let claims = Claims::withdrawal(
            issuer,
            withdrawn_at,
            &receipt,
            caller.clone(),
            staff_id.clone(),
            reason,
        );
        let told = Event {
            caller: Some(caller.clone()),
            check_in_id: receipt.check_in_id,
            counter_id: receipt.counter_id,
            staff_id: staff_id.clone(),
            ..Event::new(Action::ConsentWithdrawn)
        };
        let withdrawal = Withdrawal {
            caller,
            staff_id,
            reason,
            withdrawn_at,
            token: self.sign(&claims)?,
        };
        self.parts.store.withdraw(id, withdrawal, told).await
    }

    async fn confirm(&self, id: &ReceiptId, said: Said) -> Result<Receipt, Reason> {
        let receipt = self.get(id).await?;
        if receipt.confirmation.is_some() {
            return Ok(receipt);
        }
        let recorded_at = self.now();
        let claims = Claims::confirmation(&self.parts.options.issuer, recorded_at, &receipt, &said);
        let confirmation = Confirmation {
            said,
            recorded_at,
            token: self.sign(&claims)?,
        };
        self.parts.store.confirm(id, confirmation).await
    }

    async fn get(&self, id: &ReceiptId) -> Result<Receipt, Reason> {
        self.parts.store.get(id).await?.ok_or(Reason::ReceiptNotFound)
    }

    async fn list(&self, check_in_id: &CheckInId) -> Result<Vec<Receipt>, Reason> {
        self.parts.store.list(check_in_id).await
    }

    async fn find(
        &self,
        filter: Filter,
        after: Option<ReceiptId>,
        limit: u32,
    ) -> Result<Vec<Receipt>, Reason> {
        self.parts.store.find(filter, after, limit).await
    }

    async fn expire(&self) -> Result<Vec<Happening>, Reason> {
        let mut expired = Vec::new();
        let now = self.now();
        for (id, item, until) in self.parts.store.due(now, MAX_EXPIRIES).await? {
            let receipt = self.get(&id).await?;
            let told = Event {
                check_in_id: receipt.check_in_id,
                counter_id: receipt.counter_id,
                ..Event::new(Action::ConsentExpired)
            };
            expired.extend(self.parts.store.expire(&id, item, until, (now, told)).await?);
        }
        Ok(expired)
    }

    async fn happenings(&self, after: u64, limit: u32) -> Result<Vec<Happening>, Reason> {
        self.parts.store.happenings(after, limit).await
    }

    async fn last_happening(&self) -> Result<u64, Reason> {
        self.parts.store.last_happening().await
    }
}

#[cfg(test)]
mod tests;
