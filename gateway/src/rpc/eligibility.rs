//! Eligibility.

mod numbers;
pub(super) mod requests;

use std::sync::Arc;

use madoguchi_checkin::CheckIns;
use madoguchi_core::audit::Audit;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::consent::{Consents, Receipt};
use madoguchi_core::deferral::Proof;
use madoguchi_core::eligibility::{DeferredRequest, Eligibility, Person, Request as Question};
use madoguchi_core::{ChallengeId, CheckInId, Clock, CounterId, Medium, Reason, ReceiptId, Refusal};
use madoguchi_eligibility::Batches;
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_proto::eligibility::v1::eligibility_service_server::EligibilityService;
use madoguchi_usage::{Check, Key, Kind, Usage};
use time::{Duration, OffsetDateTime};
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::status;
use super::wire;
use crate::config::{Role, RoleSet};
use crate::server::{Identity, caller};

/// Lengths of a signature: RSA up to 8192 bits, or an EC signature of the next card generation.
const SIGNATURE_LEN: std::ops::RangeInclusive<usize> = 1..=1024;

/// Lengths of a challenge that a gateway may make.
const CHALLENGE_LEN: std::ops::RangeInclusive<usize> = 16..=64;
/// How long ago a check may have been put off.
const MAX_DEFERRED: Duration = Duration::days(60);
/// How far two computers' clocks may differ.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// Serves eligibility.
pub(crate) struct Service {
    pub(crate) eligibility: Arc<dyn Eligibility>,
    /// The same, for questions with a receipt that is kept here.
    pub(crate) consented: Arc<dyn Eligibility>,
    pub(crate) consents: Arc<dyn Consents>,
    pub(crate) check_ins: CheckIns,
    pub(crate) deferrals: madoguchi_deferral::Service,
    pub(crate) batches: Batches,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) usage: Usage,
    pub(crate) clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct ToCheck {
    challenge_id: ChallengeId,
    certificate: CertificateDer,
    intermediates: Vec<CertificateDer>,
    signature: Vec<u8>,
    medium: Medium,
    receipt_id: Option<ReceiptId>,
    receipt: Option<Receipt>,
    expected: Option<Person>,
}

fn check_request(request: pb::CheckEligibilityRequest) -> Result<ToCheck, Refusal> {
    let mut fields = Fields::default();
    let challenge_id = fields.id("challenge_id", request.challenge_id);
    let certificate = fields.certificate("certificate", request.certificate);
    let intermediates = fields.intermediates("intermediates", request.intermediates);
    let signature = fields.bytes("signature", request.signature, SIGNATURE_LEN);
    let medium = fields.medium("medium", request.medium);
    let receipt_id = fields.optional_id("receipt_id", request.receipt_id);
    let receipt = inline(&mut fields, request.receipt);
    let expected = requests::expected(&mut fields, request.expected_person);
    let read = match (
        challenge_id,
        certificate,
        intermediates,
        signature,
        medium,
        receipt_id,
    ) {
        (
            Some(challenge_id),
            Some(certificate),
            Some(intermediates),
            Some(signature),
            Some(medium),
            Some(receipt_id),
        ) => Some(ToCheck {
            challenge_id,
            certificate,
            intermediates,
            signature,
            medium,
            receipt_id,
            receipt,
            expected,
        }),
        _ => None,
    };
    fields.finish(read)
}

/// A receipt that came along.
fn inline(
    fields: &mut Fields,
    wire: Option<madoguchi_proto::consent::v1::ConsentReceipt>,
) -> Option<Receipt> {
    let read = wire::consent::receipt_back(wire?);
    if read.is_none() {
        fields.wrong("receipt", "must be a receipt as it was issued");
    }
    read
}

#[derive(Debug)]
struct ToCheckDeferred {
    check_in_id: CheckInId,
    certificate: CertificateDer,
    challenge: Vec<u8>,
    signature: Vec<u8>,
    medium: Medium,
    verified_at: OffsetDateTime,
    receipt_id: Option<ReceiptId>,
    receipt: Option<Receipt>,
}

fn deferred_request(
    request: pb::CheckDeferredEligibilityRequest,
    now: OffsetDateTime,
) -> Result<ToCheckDeferred, Refusal> {
    let mut fields = Fields::default();
    let check_in_id = fields.id("check_in_id", request.check_in_id);
    let certificate = fields.certificate("certificate", request.certificate);
    let challenge = fields.bytes("challenge", request.challenge, CHALLENGE_LEN);
    let signature = fields.bytes("signature", request.signature, SIGNATURE_LEN);
    let medium = fields.medium("medium", request.medium);
    let verified_at = fields.required_moment("verify_time", request.verify_time);
    if let Some(at) = verified_at
        && (at > now + CLOCKS_DIFFER || now - at > MAX_DEFERRED)
    {
        fields.wrong(
            "verify_time",
            "must be a moment of the last 60 days, by the clock of this service",
        );
    }
    let receipt_id = fields.optional_id("receipt_id", request.receipt_id);
    let receipt = inline(&mut fields, request.receipt);
    let read = match (
        check_in_id,
        certificate,
        challenge,
        signature,
        medium,
        verified_at,
        receipt_id,
    ) {
        (
            Some(check_in_id),
            Some(certificate),
            Some(challenge),
            Some(signature),
            Some(medium),
            Some(verified_at),
            Some(receipt_id),
        ) => Some(ToCheckDeferred {
            check_in_id,
            certificate,
            challenge,
            signature,
            medium,
            verified_at,
            receipt_id,
            receipt,
        }),
        _ => None,
    };
    fields.finish(read)
}

impl Service {
    async fn challenge(&self) -> Result<pb::CreateChallengeResponse, Refusal> {
        let challenge = self.eligibility.create_challenge().await?;
        Ok(pb::CreateChallengeResponse {
            challenge_id: challenge.id.into(),
            challenge: challenge.bytes,
            expire_time: Some(wire::moment(challenge.expires_at)),
        })
    }

    async fn check(
        &self,
        caller: &Identity,
        request: pb::CheckEligibilityRequest,
    ) -> Result<pb::CheckEligibilityResponse, Refusal> {
        let request = check_request(request)?;
        let eligibility = match request.receipt {
            Some(_) => &self.eligibility,
            None => &self.consented,
        };
        let receipt = self
            .receipt(caller, request.receipt_id.as_ref(), request.receipt)
            .await?;
        let (key, medium) = (Key::of_challenge(&request.challenge_id), request.medium);
        let answer = eligibility
            .check(Question {
                challenge_id: request.challenge_id,
                certificate: request.certificate,
                intermediates: request.intermediates,
                signature: request.signature,
                medium: request.medium,
                receipt,
                visit: None,
                expected: request.expected,
            })
            .await?;
        self.count(caller, key, Some(medium), None).await?;
        Ok(pb::CheckEligibilityResponse {
            answer: Some(wire::eligibility::answer(answer)),
        })
    }
}

impl Service {
    /// Counts a check that was answered: with a medium one by card, without by number. A gateway that asks counts it
    /// itself, with its visit.
    async fn count(
        &self,
        caller: &Identity,
        key: Key,
        medium: Option<Medium>,
        counter_id: Option<CounterId>,
    ) -> Result<(), Reason> {
        if caller.roles.contains(Role::Gateway) {
            return Ok(());
        }
        let check = Check {
            key,
            day: day_in_japan(self.clock.now()),
            counter_id,
            kind: medium.map_or(Kind::Number, |_| Kind::Card),
            medium,
            method: None,
        };
        self.usage.count(check).await
    }

    /// The receipt that a question names or, from a gateway that keeps it, brings along: whoever else brought one could
    /// consent for others.
    async fn receipt(
        &self,
        caller: &Identity,
        id: Option<&ReceiptId>,
        inline: Option<Receipt>,
    ) -> Result<Option<Receipt>, Refusal> {
        match (id, inline) {
            (None, None) => Ok(None),
            (Some(id), None) => Ok(Some(self.consents.get(id).await?)),
            (None, Some(receipt)) if caller.roles.intersects(RoleSet::of(&[Role::Gateway])) => {
                Ok(Some(receipt))
            }
            (None, Some(_)) => Err(Refusal::field(
                "receipt",
                "is taken from gateways only: name it by receipt_id",
            )),
            (Some(_), Some(_)) => Err(Refusal::field("receipt", "must not stand beside receipt_id")),
        }
    }

    async fn check_deferred(
        &self,
        caller: &Identity,
        request: pb::CheckDeferredEligibilityRequest,
    ) -> Result<pb::CheckDeferredEligibilityResponse, Refusal> {
        let request = deferred_request(request, self.clock.now())?;
        let receipt = self
            .receipt(caller, request.receipt_id.as_ref(), request.receipt)
            .await?;
        let question = DeferredRequest {
            check_in_id: request.check_in_id,
            medium: request.medium,
            verified_at: request.verified_at,
            proof: Proof {
                certificate: request.certificate,
                challenge: request.challenge,
                challenge_id: None,
                signature: request.signature,
                receipt,
            },
        };
        let answer = self.eligibility.check_deferred(question).await?;
        Ok(pb::CheckDeferredEligibilityResponse {
            answer: Some(wire::eligibility::answer(answer)),
        })
    }
}

#[tonic::async_trait]
impl EligibilityService for Service {
    async fn create_challenge(
        &self,
        _: Request<pb::CreateChallengeRequest>,
    ) -> Result<Response<pb::CreateChallengeResponse>, Status> {
        self.challenge().await.map(Response::new).map_err(status::of)
    }

    async fn check_eligibility(
        &self,
        request: Request<pb::CheckEligibilityRequest>,
    ) -> Result<Response<pb::CheckEligibilityResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.check(&caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn check_deferred_eligibility(
        &self,
        request: Request<pb::CheckDeferredEligibilityRequest>,
    ) -> Result<Response<pb::CheckDeferredEligibilityResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.check_deferred(&caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn check_eligibility_by_number(
        &self,
        request: Request<pb::CheckEligibilityByNumberRequest>,
    ) -> Result<Response<pb::CheckEligibilityByNumberResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.by_number(caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn create_batch_check(
        &self,
        request: Request<pb::CreateBatchCheckRequest>,
    ) -> Result<Response<pb::CreateBatchCheckResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.create_batch(caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_batch_check(
        &self,
        request: Request<pb::GetBatchCheckRequest>,
    ) -> Result<Response<pb::GetBatchCheckResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.get_batch(caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn list_unmatched_results(
        &self,
        _: Request<pb::ListUnmatchedResultsRequest>,
    ) -> Result<Response<pb::ListUnmatchedResultsResponse>, Status> {
        self.list_unmatched().await.map(Response::new).map_err(status::of)
    }

    async fn assign_result(
        &self,
        request: Request<pb::AssignResultRequest>,
    ) -> Result<Response<pb::AssignResultResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.assign(caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_card_registration(
        &self,
        request: Request<pb::GetCardRegistrationRequest>,
    ) -> Result<Response<pb::GetCardRegistrationResponse>, Status> {
        self.registration(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn register_card(
        &self,
        request: Request<pb::RegisterCardRequest>,
    ) -> Result<Response<pb::RegisterCardResponse>, Status> {
        self.register(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_eligibility_status(
        &self,
        _: Request<pb::GetEligibilityStatusRequest>,
    ) -> Result<Response<pb::GetEligibilityStatusResponse>, Status> {
        Ok(Response::new(pb::GetEligibilityStatusResponse {
            status: Some(wire::eligibility::status(self.eligibility.status())),
        }))
    }
}

#[cfg(test)]
mod tests;
