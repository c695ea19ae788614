//! Readers.

use std::sync::Arc;

use madoguchi_core::reader::{Readers, Snapshot};
use madoguchi_core::{ReaderId, Reason, Refusal};
use madoguchi_proto::reader::v1 as pb;
use madoguchi_proto::reader::v1::reader_service_server::ReaderService;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::paced::{Messages, Watchers};
use super::status;
use super::wire::reader as wire;
use crate::server::Peer;

/// Serves the readers.
pub(crate) struct Service {
    pub(crate) readers: Arc<dyn Readers>,
    pub(crate) watchers: Watchers,
}

impl Service {
    fn get(&self, request: pb::GetReaderRequest) -> Result<pb::GetReaderResponse, Refusal> {
        let mut fields = Fields::default();
        let id: Option<ReaderId> = fields.id("reader_id", request.reader_id);
        let id = fields.finish(id)?;
        let found = self
            .readers
            .snapshot()
            .readers
            .into_iter()
            .find(|reader| reader.id == id);
        let reader = wire::reader(found.ok_or(Reason::ReaderNotFound)?);
        Ok(pb::GetReaderResponse { reader: Some(reader) })
    }
}

fn message(snapshot: Snapshot) -> pb::WatchReadersResponse {
    pb::WatchReadersResponse {
        sequence: snapshot.sequence,
        readers: wire::readers(snapshot),
    }
}

#[tonic::async_trait]
impl ReaderService for Service {
    async fn list_readers(
        &self,
        _: Request<pb::ListReadersRequest>,
    ) -> Result<Response<pb::ListReadersResponse>, Status> {
        let readers = wire::readers(self.readers.snapshot());
        Ok(Response::new(pb::ListReadersResponse { readers }))
    }

    async fn get_reader(
        &self,
        request: Request<pb::GetReaderRequest>,
    ) -> Result<Response<pb::GetReaderResponse>, Status> {
        self.get(request.into_inner())
            .map(Response::new)
            .map_err(status::of)
    }

    type WatchReadersStream = Messages<pb::WatchReadersResponse>;

    async fn watch_readers(
        &self,
        request: Request<pb::WatchReadersRequest>,
    ) -> Result<Response<Self::WatchReadersStream>, Status> {
        let peer = request.extensions().get::<Peer>();
        self.watchers
            .open(peer, self.readers.watch(), message)
            .map(Response::new)
            .map_err(status::of)
    }
}
