//! Check-ins.

mod requests;

use futures_util::StreamExt as _;
use madoguchi_checkin::CheckIns;
use madoguchi_core::check_in::CheckIn;
use madoguchi_core::{CheckInId, Reason, Refusal};
use madoguchi_proto::checkin::v1 as pb;
use madoguchi_proto::checkin::v1::check_in_service_server::CheckInService;
use tonic::{Request, Response, Status};

use super::disclosure::Disclosure;
use super::paced::{Messages, Watchers};
use super::submissions::Submitted;
use super::wire::checkin as wire;
use super::{VisitTimes, status, whole};
use crate::server::audited::About;
use crate::server::{Identity, Peer, caller};

/// Serves check-ins.
pub(crate) struct Service {
    pub(crate) check_ins: CheckIns,
    pub(crate) disclosure: Disclosure,
    pub(crate) watchers: Watchers,
    pub(crate) times: VisitTimes,
}

impl Service {
    async fn start(&self, caller: Identity, request: pb::StartCheckInRequest) -> Result<CheckIn, Refusal> {
        let start = requests::start(caller.caller.clone(), request, self.times)?;
        let check_ins = self.check_ins.clone();
        let started = whole(async move { check_ins.start(start).await }).await;
        started.map_err(|refusal| caller.without_others_visits(refusal))
    }

    /// Lets through who may see that visit.
    async fn admit(&self, caller: &Identity, id: &CheckInId) -> Result<(), Refusal> {
        if caller.sees_only_its_own() && self.check_ins.get(id).await?.caller != caller.caller {
            return Err(Reason::CheckInNotFound.into());
        }
        Ok(())
    }

    async fn watch(
        &self,
        caller: &Identity,
        peer: Option<&Peer>,
        request: pb::WatchCheckInRequest,
    ) -> Result<Messages<pb::WatchCheckInResponse>, Refusal> {
        let id = requests::visit(request.check_in_id)?;
        self.admit(caller, &id).await?;
        let changes = self.check_ins.watch(&id, request.after_sequence).await?;
        let messages = self.watchers.open(peer, changes.boxed(), |one| one)?;
        let disclosure = self.disclosure.clone();
        let messages = messages.then(move |one| {
            let disclosure = disclosure.clone();
            async move {
                let check_in = shown(&disclosure, one?).await.map_err(status::of_reason)?;
                Ok(pb::WatchCheckInResponse {
                    check_in: Some(check_in),
                })
            }
        });
        Ok(messages.boxed())
    }

    /// What every unary RPC here answers with.
    async fn answer<M>(
        &self,
        result: Result<CheckIn, Refusal>,
        message: impl FnOnce(Option<pb::CheckIn>) -> M,
    ) -> Result<Response<M>, Status> {
        let check_in = result.map_err(status::of)?;
        let about = About {
            counter_id: check_in.counter_id.clone(),
            check_in_id: Some(check_in.id.clone()),
            authentication_id: None,
        };
        let shown = shown(&self.disclosure, check_in)
            .await
            .map_err(status::of_reason)?;
        let mut response = Response::new(message(Some(shown)));
        response.extensions_mut().insert(about);
        Ok(response)
    }

    async fn get(&self, caller: &Identity, request: pb::GetCheckInRequest) -> Result<CheckIn, Refusal> {
        let id = requests::visit(request.check_in_id)?;
        self.admit(caller, &id).await?;
        self.check_ins.get(&id).await
    }

    async fn cancel(&self, caller: &Identity, request: pb::CancelCheckInRequest) -> Result<CheckIn, Refusal> {
        let id = requests::visit(request.check_in_id)?;
        self.admit(caller, &id).await?;
        self.check_ins.cancel(&id).await
    }

    async fn submit(
        &self,
        caller: &Identity,
        submitted: Result<Submitted<CheckInId>, Refusal>,
    ) -> Result<CheckIn, Refusal> {
        let (id, action, submission) = submitted?;
        self.admit(caller, &id).await?;
        self.check_ins.submit(&id, action, submission).await
    }
}

/// A visit as callers see it now.
async fn shown(disclosure: &Disclosure, one: CheckIn) -> Result<pb::CheckIn, Reason> {
    let now = disclosure.clock.now();
    Ok(wire::check_in(disclosure.check_in(one).await?, now))
}

#[tonic::async_trait]
impl CheckInService for Service {
    async fn start_check_in(
        &self,
        request: Request<pb::StartCheckInRequest>,
    ) -> Result<Response<pb::StartCheckInResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.start(caller, request.into_inner()).await;
        self.answer(result, |check_in| pb::StartCheckInResponse { check_in })
            .await
    }

    type WatchCheckInStream = Messages<pb::WatchCheckInResponse>;

    async fn watch_check_in(
        &self,
        request: Request<pb::WatchCheckInRequest>,
    ) -> Result<Response<Self::WatchCheckInStream>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let peer = request.extensions().get::<Peer>().cloned();
        self.watch(&caller, peer.as_ref(), request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_check_in(
        &self,
        request: Request<pb::GetCheckInRequest>,
    ) -> Result<Response<pb::GetCheckInResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.get(&caller, request.into_inner()).await;
        self.answer(result, |check_in| pb::GetCheckInResponse { check_in })
            .await
    }

    async fn cancel_check_in(
        &self,
        request: Request<pb::CancelCheckInRequest>,
    ) -> Result<Response<pb::CancelCheckInResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.cancel(&caller, request.into_inner()).await;
        self.answer(result, |check_in| pb::CancelCheckInResponse { check_in })
            .await
    }

    async fn submit_medium(
        &self,
        request: Request<pb::SubmitMediumRequest>,
    ) -> Result<Response<pb::SubmitMediumResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.submit(&caller, requests::medium(request.into_inner())).await;
        self.answer(result, |check_in| pb::SubmitMediumResponse { check_in })
            .await
    }

    async fn submit_pin(
        &self,
        request: Request<pb::SubmitPinRequest>,
    ) -> Result<Response<pb::SubmitPinResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.submit(&caller, requests::pin(request.into_inner())).await;
        self.answer(result, |check_in| pb::SubmitPinResponse { check_in })
            .await
    }

    async fn submit_consents(
        &self,
        request: Request<pb::SubmitConsentsRequest>,
    ) -> Result<Response<pb::SubmitConsentsResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self
            .submit(&caller, requests::consents(request.into_inner()))
            .await;
        self.answer(result, |check_in| pb::SubmitConsentsResponse { check_in })
            .await
    }

    async fn submit_method(
        &self,
        request: Request<pb::SubmitMethodRequest>,
    ) -> Result<Response<pb::SubmitMethodResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let submitted = requests::method(request.into_inner());
        self.answer(self.submit(&caller, submitted).await, |check_in| {
            pb::SubmitMethodResponse { check_in }
        })
        .await
    }

    async fn submit_visual_check(
        &self,
        request: Request<pb::SubmitVisualCheckRequest>,
    ) -> Result<Response<pb::SubmitVisualCheckResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let submitted = requests::visual_check(request.into_inner());
        self.answer(self.submit(&caller, submitted).await, |check_in| {
            pb::SubmitVisualCheckResponse { check_in }
        })
        .await
    }

    async fn submit_registration(
        &self,
        request: Request<pb::SubmitRegistrationRequest>,
    ) -> Result<Response<pb::SubmitRegistrationResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let submitted = requests::registration(request.into_inner());
        self.answer(self.submit(&caller, submitted).await, |check_in| {
            pb::SubmitRegistrationResponse { check_in }
        })
        .await
    }
}
