//! Authentications.

mod requests;

use futures_util::StreamExt as _;
use madoguchi_auth::Authentications;
use madoguchi_core::authentication::Authentication;
use madoguchi_core::{AuthenticationId, Reason, Refusal};
use madoguchi_proto::auth::v1 as pb;
use madoguchi_proto::auth::v1::auth_service_server::AuthService;
use tonic::{Request, Response, Status};

use super::paced::{Messages, Watchers};
use super::submissions::Submitted;
use super::wire::auth as wire;
use super::{VisitTimes, status, whole};
use crate::server::audited::About;
use crate::server::{Identity, Peer, caller};

/// Serves authentications.
pub(crate) struct Service {
    pub(crate) authentications: Authentications,
    pub(crate) watchers: Watchers,
    pub(crate) times: VisitTimes,
}

impl Service {
    async fn start(
        &self,
        caller: Identity,
        request: pb::StartAuthenticationRequest,
    ) -> Result<Authentication, Refusal> {
        let start = requests::start(caller.caller.clone(), request, self.times)?;
        let authentications = self.authentications.clone();
        let started = whole(async move { authentications.start(start).await }).await;
        started.map_err(|refusal| caller.without_others_visits(refusal))
    }

    /// Lets through who may see that authentication.
    async fn admit(&self, caller: &Identity, id: &AuthenticationId) -> Result<(), Refusal> {
        if caller.sees_only_its_own() && self.authentications.get(id).await?.caller != caller.caller {
            return Err(Reason::AuthenticationNotFound.into());
        }
        Ok(())
    }

    async fn watch(
        &self,
        caller: &Identity,
        peer: Option<&Peer>,
        request: pb::WatchAuthenticationRequest,
    ) -> Result<Messages<pb::WatchAuthenticationResponse>, Refusal> {
        let id = requests::authentication(request.authentication_id)?;
        self.admit(caller, &id).await?;
        let changes = self.authentications.watch(&id, request.after_sequence).await?;
        let message = |one| pb::WatchAuthenticationResponse {
            authentication: Some(wire::authentication(one)),
        };
        self.watchers.open(peer, changes.boxed(), message)
    }

    async fn get(
        &self,
        caller: &Identity,
        request: pb::GetAuthenticationRequest,
    ) -> Result<Authentication, Refusal> {
        let id = requests::authentication(request.authentication_id)?;
        self.admit(caller, &id).await?;
        self.authentications.get(&id).await
    }

    async fn cancel(
        &self,
        caller: &Identity,
        request: pb::CancelAuthenticationRequest,
    ) -> Result<Authentication, Refusal> {
        let id = requests::authentication(request.authentication_id)?;
        self.admit(caller, &id).await?;
        self.authentications.cancel(&id).await
    }

    async fn submit(
        &self,
        caller: &Identity,
        submitted: Result<Submitted<AuthenticationId>, Refusal>,
    ) -> Result<Authentication, Refusal> {
        let (id, action, submission) = submitted?;
        self.admit(caller, &id).await?;
        self.authentications.submit(&id, action, submission).await
    }
}

/// What every unary RPC here answers with.
fn answer<M>(
    result: Result<Authentication, Refusal>,
    message: impl FnOnce(Option<pb::Authentication>) -> M,
) -> Result<Response<M>, Status> {
    let authentication = result.map_err(status::of)?;
    let about = About {
        counter_id: authentication.counter_id.clone(),
        check_in_id: None,
        authentication_id: Some(authentication.id.clone()),
    };
    let mut response = Response::new(message(Some(wire::authentication(authentication))));
    response.extensions_mut().insert(about);
    Ok(response)
}

#[tonic::async_trait]
impl AuthService for Service {
    async fn start_authentication(
        &self,
        request: Request<pb::StartAuthenticationRequest>,
    ) -> Result<Response<pb::StartAuthenticationResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.start(caller, request.into_inner()).await;
        answer(result, |authentication| pb::StartAuthenticationResponse {
            authentication,
        })
    }

    type WatchAuthenticationStream = Messages<pb::WatchAuthenticationResponse>;

    async fn watch_authentication(
        &self,
        request: Request<pb::WatchAuthenticationRequest>,
    ) -> Result<Response<Self::WatchAuthenticationStream>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let peer = request.extensions().get::<Peer>().cloned();
        self.watch(&caller, peer.as_ref(), request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_authentication(
        &self,
        request: Request<pb::GetAuthenticationRequest>,
    ) -> Result<Response<pb::GetAuthenticationResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.get(&caller, request.into_inner()).await;
        answer(result, |authentication| pb::GetAuthenticationResponse {
            authentication,
        })
    }

    async fn cancel_authentication(
        &self,
        request: Request<pb::CancelAuthenticationRequest>,
    ) -> Result<Response<pb::CancelAuthenticationResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.cancel(&caller, request.into_inner()).await;
        answer(result, |authentication| pb::CancelAuthenticationResponse {
            authentication,
        })
    }

    async fn submit_medium(
        &self,
        request: Request<pb::SubmitMediumRequest>,
    ) -> Result<Response<pb::SubmitMediumResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.submit(&caller, requests::medium(request.into_inner())).await;
        answer(result, |authentication| pb::SubmitMediumResponse {
            authentication,
        })
    }

    async fn submit_pin(
        &self,
        request: Request<pb::SubmitPinRequest>,
    ) -> Result<Response<pb::SubmitPinResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let result = self.submit(&caller, requests::pin(request.into_inner())).await;
        answer(result, |authentication| pb::SubmitPinResponse { authentication })
    }

    async fn submit_method(
        &self,
        request: Request<pb::SubmitMethodRequest>,
    ) -> Result<Response<pb::SubmitMethodResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let submitted = requests::method(request.into_inner());
        answer(self.submit(&caller, submitted).await, |authentication| {
            pb::SubmitMethodResponse { authentication }
        })
    }

    async fn submit_visual_check(
        &self,
        request: Request<pb::SubmitVisualCheckRequest>,
    ) -> Result<Response<pb::SubmitVisualCheckResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        let submitted = requests::visual_check(request.into_inner());
        answer(self.submit(&caller, submitted).await, |authentication| {
            pb::SubmitVisualCheckResponse { authentication }
        })
    }
}
