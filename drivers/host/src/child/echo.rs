//! The bare echo that driver calls are measured against.

use madoguchi_proto::driverhost::v1::echo_service_server::EchoService;
use madoguchi_proto::driverhost::v1::{EchoRequest, EchoResponse};
use tonic::{Request, Response, Status};

pub(super) struct Echo;

#[tonic::async_trait]
impl EchoService for Echo {
    async fn echo(&self, request: Request<EchoRequest>) -> Result<Response<EchoResponse>, Status> {
        Ok(Response::new(EchoResponse {
            payload: request.into_inner().payload,
        }))
    }
}
