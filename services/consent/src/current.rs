//! The eligibility service, asked with consent as it stands now and not as it stood when somebody put the question aside.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::consent::{Consents, Receipt};
use madoguchi_core::eligibility::{
    Answer, BatchCheck, BatchResult, Challenge, DeferredRequest, Eligibility, NumberQuery, Request, Status,
    Unmatched,
};
use madoguchi_core::{ChallengeId, CheckInId, Reason, ResultId};

/// An eligibility service before which each receipt is read again: what was taken back or is over since opens nothing,
/// however long a check was put off.
#[derive(Clone)]
pub struct CurrentConsent {
    eligibility: Arc<dyn Eligibility>,
    consents: Arc<dyn Consents>,
}

impl std::fmt::Debug for CurrentConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CurrentConsent").finish_non_exhaustive()
    }
}

impl CurrentConsent {
    /// That service, with these receipts.
    #[must_use]
    pub fn new(eligibility: Arc<dyn Eligibility>, consents: Arc<dyn Consents>) -> Self {
        Self {
            eligibility,
            consents,
        }
    }

    async fn current(&self, receipt: Option<Receipt>) -> Result<Option<Receipt>, Reason> {
        match receipt {
            Some(receipt) => self.consents.get(&receipt.id).await.map(Some),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Eligibility for CurrentConsent {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        self.eligibility.create_challenge().await
    }

    async fn check(&self, mut request: Request) -> Result<Answer, Reason> {
        request.receipt = self.current(request.receipt).await?;
        self.eligibility.check(request).await
    }

    fn leave(&self, challenge: &ChallengeId) {
        self.eligibility.leave(challenge);
    }

    async fn check_deferred(&self, mut request: DeferredRequest) -> Result<Answer, Reason> {
        request.proof.receipt = self.current(request.proof.receipt).await?;
        self.eligibility.check_deferred(request).await
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
        self.eligibility.assign(result, visit, receipt).await
    }

    fn status(&self) -> Status {
        self.eligibility.status()
    }
}
