//! Questions without a card, results without a visit, and cards as insurance cards.

use madoguchi_core::audit::{Action, Event};
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::{CheckInId, Reason, Refusal, RequestId};
use madoguchi_proto::eligibility::v1 as pb;
use madoguchi_usage::Key;

use super::{Service, requests};
use crate::rpc::fields::Fields;
use crate::rpc::wire::eligibility as wire;
use crate::server::Identity;

impl Service {
    pub(super) async fn by_number(
        &self,
        caller: Identity,
        request: pb::CheckEligibilityByNumberRequest,
    ) -> Result<pb::CheckEligibilityByNumberResponse, Refusal> {
        let (query, counter_id) = requests::by_number(request)?;
        let answer = self.eligibility.check_by_number(&query).await;
        if answer.is_ok() {
            let key = Key::of_number(&caller.caller, &query.request_id);
            self.count(&caller, key, None, counter_id).await?;
        }
        let event = Event {
            caller: Some(caller.caller),
            reason: answer.as_ref().err().copied(),
            ..Event::new(Action::EligibilityCheckedByNumber)
        };
        self.audit.append(event).await?;
        Ok(pb::CheckEligibilityByNumberResponse {
            answer: Some(wire::answer(answer?)),
        })
    }

    pub(super) async fn create_batch(
        &self,
        caller: Identity,
        request: pb::CreateBatchCheckRequest,
    ) -> Result<pb::CreateBatchCheckResponse, Refusal> {
        let (request_id, bookings): (RequestId, _) = requests::create_batch(request)?;
        let batch = self.batches.create(caller.caller, request_id, bookings).await?;
        Ok(pb::CreateBatchCheckResponse {
            batch_check: Some(wire::batch(batch)),
        })
    }

    pub(super) async fn get_batch(
        &self,
        caller: Identity,
        request: pb::GetBatchCheckRequest,
    ) -> Result<pb::GetBatchCheckResponse, Refusal> {
        let batch = self
            .batches
            .get(&caller.caller, &requests::get_batch(request)?)
            .await?;
        Ok(pb::GetBatchCheckResponse {
            batch_check: Some(wire::batch(batch)),
        })
    }

    pub(super) async fn list_unmatched(&self) -> Result<pb::ListUnmatchedResultsResponse, Refusal> {
        let results = self.eligibility.unmatched().await?;
        Ok(pb::ListUnmatchedResultsResponse {
            results: results.into_iter().map(wire::unmatched).collect(),
        })
    }

    pub(super) async fn assign(
        &self,
        caller: Identity,
        request: pb::AssignResultRequest,
    ) -> Result<pb::AssignResultResponse, Refusal> {
        let (result, visit, staff) = requests::assign(request)?;
        let assigned = match self.has_visit(&visit).await {
            Ok(()) => {
                let receipt = self.consents.list(&visit).await?.pop();
                self.consented.assign(&result, &visit, receipt).await
            }
            Err(reason) => Err(reason),
        };
        self.audit
            .append(Event {
                caller: Some(caller.caller),
                // What was sent with an id that names nothing may be anything that somebody typed: it does not get into
                // the log.
                check_in_id: assigned.is_ok().then_some(visit),
                staff_id: assigned.is_ok().then_some(staff),
                reason: assigned.as_ref().err().copied(),
                ..Event::new(Action::ResultAssigned)
            })
            .await?;
        Ok(pb::AssignResultResponse {
            answer: Some(wire::answer(assigned?)),
        })
    }

    /// A result is given once: before it is, the visit must be one, under way, over, or put off long ago, here or at a
    /// gateway that asks this one.
    async fn has_visit(&self, visit: &CheckInId) -> Result<(), Reason> {
        if self.eligibility.owes(visit) {
            return Ok(());
        }
        match self.check_ins.get(visit).await {
            Ok(_) => return Ok(()),
            Err(refusal) if refusal.reason == Reason::CheckInNotFound => {}
            Err(refusal) => return Err(refusal.reason),
        }
        match self.deferrals.of_check_in(visit).await {
            Ok(_) => Ok(()),
            Err(Reason::DeferralNotFound) => Err(Reason::CheckInNotFound),
            Err(reason) => Err(reason),
        }
    }

    pub(super) async fn registration(
        &self,
        request: pb::GetCardRegistrationRequest,
    ) -> Result<pb::GetCardRegistrationResponse, Refusal> {
        let certificate = certificate(request.certificate)?;
        Ok(pb::GetCardRegistrationResponse {
            registered: self.eligibility.is_registered(&certificate).await?,
        })
    }

    pub(super) async fn register(
        &self,
        request: pb::RegisterCardRequest,
    ) -> Result<pb::RegisterCardResponse, Refusal> {
        self.eligibility
            .register(&certificate(request.certificate)?)
            .await?;
        Ok(pb::RegisterCardResponse {})
    }
}

fn certificate(bytes: Vec<u8>) -> Result<CertificateDer, Refusal> {
    let mut fields = Fields::default();
    let certificate = fields.certificate("certificate", bytes);
    fields.finish(certificate)
}
