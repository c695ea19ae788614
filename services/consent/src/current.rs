//! The eligibility service, asked with consent as it stands now and not as it stood when somebody put the question aside.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::consent::{Consents, Item, Receipt, Said};
use madoguchi_core::eligibility::{
    Answer, BatchCheck, BatchResult, Challenge, DeferredRequest, Eligibility, NumberQuery, Request, Status,
    Unmatched,
};
use madoguchi_core::{ChallengeId, CheckInId, Clock, Reason, ReceiptId, ResultId};
use time::Date;

/// An eligibility service before which each receipt is read again: what was taken back or is over since opens nothing,
/// however long a check was put off. What it says of the consent itself belongs to the receipt and is kept with it, whoever
/// asked, and however late the answer came.
#[derive(Clone)]
pub struct CurrentConsent {
    eligibility: Arc<dyn Eligibility>,
    consents: Arc<dyn Consents>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for CurrentConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CurrentConsent").finish_non_exhaustive()
    }
}

impl CurrentConsent {
    /// That service, with these receipts.
    #[must_use]
    pub fn new(
        eligibility: Arc<dyn Eligibility>,
        consents: Arc<dyn Consents>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            eligibility,
            consents,
            clock,
        }
    }

    async fn current(&self, receipt: Option<Receipt>) -> Result<Option<Receipt>, Reason> {
        match receipt {
            Some(receipt) => self.consents.get(&receipt.id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeps with the receipt what the service said of the consent.
    async fn confirmed(&self, receipt: Option<ReceiptId>, answer: Answer) -> Result<Answer, Reason> {
        if let Some(id) = receipt {
            let today = day_in_japan(self.clock.now());
            let said = said(&answer, |born| {
                !self.consents.applies(Item::HealthCheckup, born, today)
            });
            self.consents.confirm(&id, said).await?;
        }
        Ok(answer)
    }
}

fn id(receipt: Option<&Receipt>) -> Option<ReceiptId> {
    receipt.map(|receipt| receipt.id.clone())
}

/// What an answer says about the consent that it was asked with. Several insurances of one person have one date of
/// birth; where they differ, it is not known.
fn said(answer: &Answer, is_under_forty: impl Fn(Date) -> bool) -> Said {
    let mut born = answer.insurances.iter().map(|insurance| insurance.birth_date);
    let first = born.next();
    let one = first.filter(|first| born.all(|other| other == *first)).flatten();
    Said {
        simulated: answer.simulated,
        under_forty: one.map(is_under_forty),
        windows: answer.consent_windows.clone(),
    }
}

#[async_trait]
impl Eligibility for CurrentConsent {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        self.eligibility.create_challenge().await
    }

    async fn check(&self, mut request: Request) -> Result<Answer, Reason> {
        request.receipt = self.current(request.receipt).await?;
        let receipt = id(request.receipt.as_ref());
        let answer = self.eligibility.check(request).await?;
        self.confirmed(receipt, answer).await
    }

    fn leave(&self, challenge: &ChallengeId) {
        self.eligibility.leave(challenge);
    }

    async fn check_deferred(&self, mut request: DeferredRequest) -> Result<Answer, Reason> {
        request.proof.receipt = self.current(request.proof.receipt).await?;
        let receipt = id(request.proof.receipt.as_ref());
        let answer = self.eligibility.check_deferred(request).await?;
        self.confirmed(receipt, answer).await
    }

    fn owes(&self, visit: &CheckInId) -> bool {
        self.eligibility.owes(visit)
    }

    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason> {
        self.eligibility.is_registered(certificate).await
    }

    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        self.eligibility.register(certificate).await
    }

    async fn check_by_number(&self, query: &NumberQuery) -> Result<Answer, Reason> {
        self.eligibility.check_by_number(query).await
    }

    async fn submit_batch(&self, batch: &BatchCheck) -> Result<String, Reason> {
        self.eligibility.submit_batch(batch).await
    }

    async fn fetch_batch(
        &self,
        batch: &BatchCheck,
        ticket: &str,
    ) -> Result<Option<Vec<BatchResult>>, Reason> {
        self.eligibility.fetch_batch(batch, ticket).await
    }

    async fn unmatched(&self) -> Result<Vec<Unmatched>, Reason> {
        self.eligibility.unmatched().await
    }

    async fn assign(
        &self,
        result: &ResultId,
        visit: &CheckInId,
        receipt: Option<Receipt>,
    ) -> Result<Answer, Reason> {
        let receipt = self.current(receipt).await?;
        let named = id(receipt.as_ref());
        let answer = self.eligibility.assign(result, visit, receipt).await?;
        self.confirmed(named, answer).await
    }

    fn status(&self) -> Status {
        self.eligibility.status()
    }
}
