//! The stand-in itself.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_certificate::spki_sha256_hex;
use madoguchi_core::certificate::{CertificateDer, Certificates, Outcome};
use madoguchi_core::eligibility::{
    Answer, Basis, BatchCheck, BatchResult, BookingOutcome, Challenge, DeferredRequest, Eligibility,
    NumberQuery, Request, Source, Status, Validity,
};
use madoguchi_core::{Clock, Reason};

use crate::observed::canonical;
use crate::{ChallengeStore, Options, Proofs, Record, Records, RegistrationStore, cut, made_up};

/// Stands in for the national service: see the crate's documentation for what is assumed.
#[derive(Clone)]
pub struct StandIn {
    proofs: Proofs,
    registrations: Arc<dyn RegistrationStore>,
    records: Arc<dyn Records>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandIn")
            .field("proofs", &self.proofs)
            .finish_non_exhaustive()
    }
}

impl StandIn {
    /// A stand-in that judges, keeps and knows by these.
    #[must_use]
    pub fn new(
        options: Options,
        certificates: Arc<dyn Certificates>,
        challenges: Arc<dyn ChallengeStore>,
        registrations: Arc<dyn RegistrationStore>,
        records: Arc<dyn Records>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            proofs: Proofs::new(options, certificates, challenges, Arc::clone(&clock)),
            registrations,
            records,
            clock,
        }
    }

    /// What is known of the person with this key; who registered the card is registered.
    async fn record(&self, key: &str) -> Result<Record, Reason> {
        let mut record = self.records.find(key).unwrap_or_else(|| made_up(key));
        if record.validity == Validity::ValidNotRegistered && self.registrations.is_registered(key).await? {
            record.validity = Validity::Valid;
        }
        Ok(canonical(record))
    }
}

#[async_trait]
impl Eligibility for StandIn {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        self.proofs.challenge().await
    }

    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason> {
        let record = self.record(&spki_sha256_hex(certificate)?).await?;
        Ok(record.validity != Validity::ValidNotRegistered)
    }

    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        let key = spki_sha256_hex(certificate)?;
        self.registrations.register(&key, self.clock.now()).await
    }

    async fn check(&self, request: Request) -> Result<Answer, Reason> {
        let (outcome, now) = self.proofs.judge(&request).await?;
        let record = self.record(&spki_sha256_hex(&request.certificate)?).await?;
        Ok(cut(
            record,
            Basis::Certificate,
            outcome,
            request.receipt.as_ref(),
            now,
        ))
    }

    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        let (outcome, now) = self.proofs.judge_deferred(&request)?;
        let record = self.record(&spki_sha256_hex(&request.proof.certificate)?).await?;
        let receipt = request.proof.receipt.as_ref();
        Ok(cut(record, Basis::Certificate, outcome, receipt, now))
    }

    async fn check_by_number(&self, query: &NumberQuery) -> Result<Answer, Reason> {
        let known = self.records.by_number(&query.insurer_number, &query.number);
        let born = |record: &Record| {
            let mut insurances = record.insurances.iter();
            insurances.any(|insurance| insurance.birth_date == Some(query.birth_date))
        };
        let record = match known.filter(born) {
            Some(record) => canonical(record),
            None => Record::new(Source::StandIn, Validity::NotFound, Vec::new()),
        };
        Ok(cut(
            record,
            Basis::Number,
            Outcome::EligibilityOnly,
            None,
            self.clock.now(),
        ))
    }

    async fn submit_batch(&self, batch: &BatchCheck) -> Result<String, Reason> {
        Ok(batch.id.to_string())
    }

    async fn fetch_batch(&self, batch: &BatchCheck, _: &str) -> Result<Option<Vec<BatchResult>>, Reason> {
        let mut results = Vec::with_capacity(batch.bookings.len());
        for booking in &batch.bookings {
            let outcome = match self.check_by_number(&booking.query).await {
                Ok(answer) => BookingOutcome::Answered(Box::new(answer)),
                Err(reason) => BookingOutcome::Failed(reason),
            };
            results.push(BatchResult {
                reference: booking.reference.clone(),
                outcome,
            });
        }
        Ok(Some(results))
    }

    fn status(&self) -> Status {
        Status::always(Source::StandIn)
    }
}
