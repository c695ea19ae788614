//! The gateway itself, for administrators.

use madoguchi_proto::admin::v1 as pb;
use madoguchi_proto::admin::v1::gateway_admin_service_server::GatewayAdminService;
use tonic::{Request, Response, Status};

use super::wire::uplink as wire;
use crate::uplink::Statuses;

/// Serves what is known of the gateway.
pub(crate) struct Service {
    pub(crate) uplinks: Statuses,
}

#[tonic::async_trait]
impl GatewayAdminService for Service {
    async fn list_uplinks(
        &self,
        _: Request<pb::ListUplinksRequest>,
    ) -> Result<Response<pb::ListUplinksResponse>, Status> {
        let uplinks = self.uplinks.list().into_iter().map(wire::uplink).collect();
        Ok(Response::new(pb::ListUplinksResponse { uplinks }))
    }
}
