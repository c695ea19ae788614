//! Readers.

use std::sync::Arc;

use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::reader::{OutOfService, Reader, Readers as _, Snapshot};
use madoguchi_core::{CallerId, Clock, ReaderId, Reason, Refusal, StaffId};
use madoguchi_proto::reader::v1 as pb;
use madoguchi_proto::reader::v1::reader_service_server::ReaderService;
use madoguchi_reader::Roster;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::paced::{Messages, Watchers};
use super::wire::reader as wire;
use super::{status, whole};
use crate::server::{Peer, caller};

/// Serves the readers.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) roster: Arc<Roster>,
    pub(crate) watchers: Watchers,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The longest note, in characters.
const MAX_NOTE_LEN: usize = 200;

impl Service {
    fn get(&self, request: pb::GetReaderRequest) -> Result<pb::GetReaderResponse, Refusal> {
        let mut fields = Fields::default();
        let id: Option<ReaderId> = fields.id("reader_id", request.reader_id);
        let id = fields.finish(id)?;
        let found = self
            .roster
            .snapshot()
            .readers
            .into_iter()
            .find(|reader| reader.id == id);
        let reader = wire::reader(found.ok_or(Reason::ReaderNotFound)?);
        Ok(pb::GetReaderResponse { reader: Some(reader) })
    }

    async fn take_out(
        &self,
        caller: CallerId,
        request: pb::TakeReaderOutOfServiceRequest,
    ) -> Result<Option<Reader>, Refusal> {
        let mut fields = Fields::default();
        let id: Option<ReaderId> = fields.id("reader_id", request.reader_id);
        let staff_id: Option<StaffId> = fields.id("staff_id", request.staff_id);
        let note = note(&mut fields, request.note);
        let (id, staff_id, note) = fields.finish(id.zip(staff_id).zip(note).map(|((a, b), c)| (a, b, c)))?;
        let word = OutOfService {
            since: self.clock.now(),
            staff_id: staff_id.clone(),
            note,
        };
        let taken = self.roster.take_out(&id, word).await;
        let reason = taken.as_ref().err().copied();
        self.record(Action::ReaderTakenOutOfService, caller, id, staff_id, reason)
            .await?;
        Ok(taken?)
    }

    async fn put_back(
        &self,
        caller: CallerId,
        request: pb::ReturnReaderToServiceRequest,
    ) -> Result<Option<Reader>, Refusal> {
        let mut fields = Fields::default();
        let id: Option<ReaderId> = fields.id("reader_id", request.reader_id);
        let staff_id: Option<StaffId> = fields.id("staff_id", request.staff_id);
        let (id, staff_id) = fields.finish(id.zip(staff_id))?;
        let put = self.roster.put_back(&id).await;
        let reason = put.as_ref().err().copied();
        self.record(Action::ReaderReturnedToService, caller, id, staff_id, reason)
            .await?;
        Ok(put?)
    }

    async fn record(
        &self,
        action: Action,
        caller: CallerId,
        reader_id: ReaderId,
        staff_id: StaffId,
        reason: Option<Reason>,
    ) -> Result<(), Reason> {
        // What was sent with an id that names nothing may be anything that somebody typed: it does not get into the log.
        let is_known = reason != Some(Reason::ReaderNotFound);
        let event = Event {
            caller: Some(caller),
            reader_id: is_known.then_some(reader_id),
            staff_id: is_known.then_some(staff_id),
            reason,
            ..Event::new(action)
        };
        self.audit.append(event).await
    }
}

/// A note of one line; empty is none.
fn note(fields: &mut Fields, text: String) -> Option<String> {
    if text.chars().count() > MAX_NOTE_LEN || text.chars().any(char::is_control) {
        fields.wrong(
            "note",
            format!("must be one line of at most {MAX_NOTE_LEN} characters"),
        );
        return None;
    }
    Some(text)
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
        let readers = wire::readers(self.roster.snapshot());
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
            .open(peer, self.roster.watch(), message)
            .map(Response::new)
            .map_err(status::of)
    }

    async fn take_reader_out_of_service(
        &self,
        request: Request<pb::TakeReaderOutOfServiceRequest>,
    ) -> Result<Response<pb::TakeReaderOutOfServiceResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        let taken = whole(async move { service.take_out(caller, request).await }).await;
        let reader = taken.map_err(status::of)?.map(wire::reader);
        Ok(Response::new(pb::TakeReaderOutOfServiceResponse { reader }))
    }

    async fn return_reader_to_service(
        &self,
        request: Request<pb::ReturnReaderToServiceRequest>,
    ) -> Result<Response<pb::ReturnReaderToServiceResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        let put = whole(async move { service.put_back(caller, request).await }).await;
        let reader = put.map_err(status::of)?.map(wire::reader);
        Ok(Response::new(pb::ReturnReaderToServiceResponse { reader }))
    }
}
