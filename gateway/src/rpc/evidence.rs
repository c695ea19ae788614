//! Evidence of visits, and the keys that everything signed is checked with.

use std::sync::Arc;

use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::evidence::Evidences;
use madoguchi_core::{CallerId, CheckInId, Reason, Refusal};
use madoguchi_keys::{KeyRing, PublicKey, Start};
use madoguchi_proto::evidence::v1 as pb;
use madoguchi_proto::evidence::v1::evidence_service_server::EvidenceService;
use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::wire::evidence as wire;
use super::{status, whole};
use crate::server::caller;

/// Serves evidence and the key set.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) evidences: Arc<dyn Evidences>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) audit: Arc<dyn Audit>,
}

impl Service {
    async fn evidence(&self, request: pb::GetEvidenceRequest) -> Result<pb::GetEvidenceResponse, Refusal> {
        let mut fields = Fields::default();
        let id: Option<CheckInId> = fields.id("check_in_id", request.check_in_id);
        let evidence = self.evidences.get(&fields.finish(id)?).await?;
        Ok(pb::GetEvidenceResponse {
            evidence: Some(wire::evidence(evidence)),
        })
    }

    fn key_set(&self) -> pb::GetKeySetResponse {
        let set = self.ring.key_set();
        let mut keys: Vec<_> = set.keys().collect();
        keys.sort_by_key(|key| (key.signs_from(), key.created()));
        pb::GetKeySetResponse {
            jwks_json: set.to_json(),
            keys: keys.into_iter().map(wire::key).collect(),
            signing_key_id: self.ring.current().unwrap_or_default(),
        }
    }

    async fn rotate(
        &self,
        caller: CallerId,
        request: pb::RotateKeyRequest,
    ) -> Result<pb::RotateKeyResponse, Refusal> {
        let ring = Arc::clone(&self.ring);
        let start = match (request.distrust_former, request.at_once) {
            (true, _) => Start::Instead,
            (false, true) => Start::Now,
            (false, false) => Start::Announced,
        };
        let rotated = spawn_blocking(move || ring.rotate(start)).await;
        let rotated = match rotated {
            Ok(Ok(kid)) => Ok(kid),
            Ok(Err(madoguchi_keys::Error::ReadOnly)) => Err(Reason::SigningKeysReadOnly),
            Ok(Err(error)) => {
                tracing::error!(%error, "the signing key could not be changed");
                Err(Reason::StoreUnavailable)
            }
            Err(_) => Err(Reason::Internal),
        };
        let event = Event {
            caller: Some(caller),
            reason: rotated.as_ref().err().copied(),
            ..Event::new(Action::KeyRotated)
        };
        self.audit.append(event).await?;
        let (kid, set) = (rotated?, self.ring.key_set());
        let key = set.keys().find(|key: &&PublicKey| key.kid() == kid);
        Ok(pb::RotateKeyResponse {
            key: key.map(wire::key),
        })
    }
}

#[tonic::async_trait]
impl EvidenceService for Service {
    async fn get_evidence(
        &self,
        request: Request<pb::GetEvidenceRequest>,
    ) -> Result<Response<pb::GetEvidenceResponse>, Status> {
        self.evidence(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_key_set(
        &self,
        _: Request<pb::GetKeySetRequest>,
    ) -> Result<Response<pb::GetKeySetResponse>, Status> {
        Ok(Response::new(self.key_set()))
    }

    async fn rotate_key(
        &self,
        request: Request<pb::RotateKeyRequest>,
    ) -> Result<Response<pb::RotateKeyResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        whole(async move { service.rotate(caller, request).await })
            .await
            .map(Response::new)
            .map_err(status::of)
    }
}
