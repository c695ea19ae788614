//! The eligibility port over the line.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::consent::Receipt;
use madoguchi_core::eligibility::{
    Answer, BatchCheck, BatchResult, Challenge, DeferredRequest, Eligibility, NumberQuery, Person, Request,
    Source, Status, Unmatched,
};
use madoguchi_core::{ChallengeId, CheckInId, Clock, Reason, ResultId};
use madoguchi_eligibility::{Breaker, Record, Thresholds, cut};
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::eligibility_service_client::EligibilityServiceClient;
use time::OffsetDateTime;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use super::call::{Manner, Repeat, call};
use crate::config::{Problem, Remote};
use crate::rpc::wire::eligibility::{BadAnswer, answer_back, batch_back};
use crate::rpc::wire::{self, moment};

/// Bytes of an answer: a batch of a thousand has room.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// Where the service is.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    channel: Channel,
    manner: Manner,
    thresholds: Thresholds,
}

impl Line {
    /// The line that the configuration describes. It is connected when it is first used.
    ///
    /// # Errors
    /// [`Problem`] names the key and says how to mend it.
    pub(crate) fn new(remote: &Remote) -> Result<Self, Problem> {
        let read = |key: &'static str, path: &Option<std::path::PathBuf>| {
            let path = path
                .as_ref()
                .ok_or_else(|| Problem::value(key, "must be given"))?;
            std::fs::read(path)
                .map_err(|error| Problem::value(key, format!("{}: cannot be read: {error}", path.display())))
        };
        let ca = read("eligibility.remote.ca", &remote.ca)?;
        let certificate = read("eligibility.remote.certificate", &remote.certificate)?;
        let key = read("eligibility.remote.key", &remote.key)?;
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(ca))
            .identity(Identity::from_pem(certificate, key));
        if let Some(name) = &remote.server_name {
            tls = tls.domain_name(name.clone());
        }
        let wrong =
            |error: tonic::transport::Error| Problem::value("eligibility.remote.endpoint", error.to_string());
        let deadline = Duration::from_millis(remote.call_timeout_ms.into());
        let endpoint = Endpoint::from_shared(remote.endpoint.clone().unwrap_or_default())
            .map_err(wrong)?
            .connect_timeout(deadline)
            .keep_alive_while_idle(true)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10));
        Ok(Self {
            channel: endpoint.tls_config(tls).map_err(wrong)?.connect_lazy(),
            manner: Manner {
                deadline,
                max_attempts: remote.max_attempts,
            },
            thresholds: Thresholds {
                failures: remote.failure_threshold,
                open: Duration::from_millis(remote.open_ms.into()),
            },
        })
    }
}

/// Asks the remote service.
pub(crate) struct Client {
    service: EligibilityServiceClient<Channel>,
    manner: Manner,
    breaker: Breaker,
    clock: Arc<dyn Clock>,
}

/// What the service said makes no sense.
fn bad(problem: BadAnswer) -> Reason {
    tracing::error!(%problem, "the remote eligibility service answers what cannot be understood");
    Reason::EligibilityRefused
}

impl Client {
    pub(crate) fn new(line: Line, clock: Arc<dyn Clock>) -> Self {
        let service = EligibilityServiceClient::new(line.channel).max_decoding_message_size(MAX_ANSWER);
        Self {
            service,
            manner: line.manner,
            breaker: Breaker::new(Source::Remote, line.thresholds),
            clock,
        }
    }

    async fn ask<T, F: Future<Output = Result<tonic::Response<T>, tonic::Status>>>(
        &self,
        repeat: Repeat,
        attempt: impl Fn(EligibilityServiceClient<Channel>) -> F,
    ) -> Result<T, Reason> {
        let made = call(&self.breaker, self.clock.as_ref(), self.manner, repeat, || {
            attempt(self.service.clone())
        });
        made.await.map(tonic::Response::into_inner)
    }

    /// What came is cut once more: nothing unconsented goes on, whatever the other side thinks.
    fn cut(&self, wire: Option<pb::EligibilityAnswer>, receipt: Option<&Receipt>) -> Result<Answer, Reason> {
        let answer = wire.ok_or(Reason::EligibilityRefused)?;
        let answer = answer_back(answer).map_err(bad)?;
        let (basis, outcome, confirmed_at) = (answer.basis, answer.certificate_outcome, answer.confirmed_at);
        // Consents are judged by this computer's clock.
        let cut = cut(record(answer), basis, outcome, receipt, self.clock.now());
        Ok(Answer { confirmed_at, ..cut })
    }
}

fn record(answer: Answer) -> Record {
    Record {
        source: answer.source,
        simulated: answer.simulated,
        validity: answer.validity,
        insurances: answer.insurances,
        prescription_issue: answer.prescription_issue,
        processing: answer.processing,
        reports: answer.reports,
        raw: answer.raw,
        diagnoses: answer.diagnoses,
        medications: answer.medications,
        surgeries: answer.surgeries,
        health_checkups: answer.health_checkups,
    }
}

/// What of a receipt is in force now: taken back or past its time, it opens nothing on the other side either.
fn in_force(receipt: &Receipt, now: OffsetDateTime) -> madoguchi_proto::consent::v1::ConsentReceipt {
    let mut receipt = receipt.clone();
    let effective = receipt.clone();
    for decision in &mut receipt.decisions {
        decision.granted = effective.grants(decision.item, now);
    }
    receipt.withdrawal = None;
    wire::consent::receipt(receipt, now)
}

fn expected(person: Person) -> pb::ExpectedPerson {
    pb::ExpectedPerson {
        birth_date: wire::text(person.birth_date),
        name_kana: person.name_kana.unwrap_or_default(),
        insurer_number: person.insurer_number.unwrap_or_default(),
        number: person.number.unwrap_or_default(),
        branch_number: person.branch_number.unwrap_or_default(),
        symbol: person.symbol.unwrap_or_default(),
        reference_number: person.reference_number.unwrap_or_default(),
    }
}

fn query(query: &NumberQuery) -> pb::NumberQuery {
    pb::NumberQuery {
        insurer_number: query.insurer_number.clone(),
        symbol: query.symbol.clone().unwrap_or_default(),
        number: query.number.clone(),
        branch_number: query.branch_number.clone().unwrap_or_default(),
        birth_date: query.birth_date.to_string(),
        confirmation_date: wire::text(query.on),
    }
}

#[async_trait]
impl Eligibility for Client {
    async fn create_challenge(&self) -> Result<Challenge, Reason> {
        let ask = |mut service: EligibilityServiceClient<Channel>| async move {
            service.create_challenge(pb::CreateChallengeRequest {}).await
        };
        let made = self.ask(Repeat::Safe, ask).await?;
        let expires = made
            .expire_time
            .map(|at| OffsetDateTime::from_unix_timestamp(at.seconds));
        let Some(Ok(expires_at)) = expires else {
            return Err(Reason::EligibilityRefused);
        };
        Ok(Challenge {
            id: ChallengeId::new(made.challenge_id).map_err(|_| Reason::EligibilityRefused)?,
            bytes: made.challenge,
            expires_at,
        })
    }

    async fn check(&self, request: Request) -> Result<Answer, Reason> {
        let wire = pb::CheckEligibilityRequest {
            challenge_id: request.challenge_id.into(),
            certificate: request.certificate.as_bytes().to_vec(),
            intermediates: request
                .intermediates
                .iter()
                .map(|one| one.as_bytes().to_vec())
                .collect(),
            signature: request.signature,
            medium: wire::certificate::medium(Some(request.medium)).into(),
            receipt_id: String::new(),
            receipt: request
                .receipt
                .as_ref()
                .map(|receipt| in_force(receipt, self.clock.now())),
            expected_person: request.expected.map(expected),
        };
        // It consumes a challenge.
        let ask = |mut service: EligibilityServiceClient<Channel>| {
            let wire = wire.clone();
            async move { service.check_eligibility(wire).await }
        };
        let answered = self.ask(Repeat::OnlyUnsent, ask).await?;
        self.cut(answered.answer, request.receipt.as_ref())
    }

    async fn check_deferred(&self, request: DeferredRequest) -> Result<Answer, Reason> {
        let receipt = request.proof.receipt;
        let wire = pb::CheckDeferredEligibilityRequest {
            check_in_id: request.check_in_id.into(),
            certificate: request.proof.certificate.as_bytes().to_vec(),
            challenge: request.proof.challenge,
            signature: request.proof.signature,
            medium: wire::certificate::medium(Some(request.medium)).into(),
            verify_time: Some(moment(request.verified_at)),
            receipt_id: String::new(),
            receipt: receipt
                .as_ref()
                .map(|receipt| in_force(receipt, self.clock.now())),
        };
        let ask = |mut service: EligibilityServiceClient<Channel>| {
            let wire = wire.clone();
            async move { service.check_deferred_eligibility(wire).await }
        };
        let answered = self.ask(Repeat::Safe, ask).await?;
        self.cut(answered.answer, receipt.as_ref())
    }

    async fn is_registered(&self, certificate: &CertificateDer) -> Result<bool, Reason> {
        let ask = |mut service: EligibilityServiceClient<Channel>| async move {
            let certificate = certificate.as_bytes().to_vec();
            service
                .get_card_registration(pb::GetCardRegistrationRequest { certificate })
                .await
        };
        Ok(self.ask(Repeat::Safe, ask).await?.registered)
    }

    async fn register(&self, certificate: &CertificateDer) -> Result<(), Reason> {
        let ask = |mut service: EligibilityServiceClient<Channel>| async move {
            let certificate = certificate.as_bytes().to_vec();
            service
                .register_card(pb::RegisterCardRequest { certificate })
                .await
        };
        self.ask(Repeat::Safe, ask).await.map(|_| ())
    }

    async fn check_by_number(&self, by: &NumberQuery) -> Result<Answer, Reason> {
        let ask = |mut service: EligibilityServiceClient<Channel>| async move {
            let wire = pb::CheckEligibilityByNumberRequest {
                request_id: by.request_id.to_string(),
                query: Some(query(by)),
                ..Default::default()
            };
            service.check_eligibility_by_number(wire).await
        };
        let answered = self.ask(Repeat::Safe, ask).await?;
        self.cut(answered.answer, None)
    }

    async fn submit_batch(&self, batch: &BatchCheck) -> Result<String, Reason> {
        let booking = |one: &madoguchi_core::eligibility::Booking| pb::Booking {
            reference: one.reference.clone(),
            query: Some(query(&one.query)),
        };
        let wire = pb::CreateBatchCheckRequest {
            request_id: batch.id.to_string(),
            bookings: batch.bookings.iter().map(booking).collect(),
        };
        let ask = |mut service: EligibilityServiceClient<Channel>| {
            let wire = wire.clone();
            async move { service.create_batch_check(wire).await }
        };
        let made = self.ask(Repeat::Safe, ask).await?.batch_check;
        Ok(made.ok_or(Reason::EligibilityRefused)?.batch_check_id)
    }

    async fn fetch_batch(&self, _: &BatchCheck, ticket: &str) -> Result<Option<Vec<BatchResult>>, Reason> {
        let ask = |mut service: EligibilityServiceClient<Channel>| async move {
            let batch_check_id = ticket.to_owned();
            service
                .get_batch_check(pb::GetBatchCheckRequest { batch_check_id })
                .await
        };
        let found = self.ask(Repeat::Safe, ask).await?.batch_check;
        batch_back(found.ok_or(Reason::EligibilityRefused)?).map_err(bad)?
    }

    /// Whose a result is, is decided where the terminal stands.
    async fn unmatched(&self) -> Result<Vec<Unmatched>, Reason> {
        Ok(Vec::new())
    }

    async fn assign(&self, _: &ResultId, _: &CheckInId, _: Option<Receipt>) -> Result<Answer, Reason> {
        Err(Reason::ResultNotFound)
    }

    fn status(&self) -> Status {
        self.breaker.status()
    }
}
