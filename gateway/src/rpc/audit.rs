//! The audit log, for administrators and auditors.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use madoguchi_audit::{Archive, ChainStore, Checkpoint, Checkpoints, Head, Log, WhenFull};
use madoguchi_core::{InstanceId, Reason, Refusal};
use madoguchi_proto::audit::v1 as pb;
use madoguchi_proto::audit::v1::audit_service_server::AuditService;
use pb::get_audit_status_response::WhenFull as Choice;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::wire::audit as wire;
use super::{status, wire::moment};

/// Entries of a page, where the caller does not say.
const DEFAULT_PAGE: u32 = 100;
/// Entries of a page at most.
const MAX_PAGE: u32 = 1_000;

/// Serves the audit log.
pub(crate) struct Service {
    pub(crate) store: Arc<dyn ChainStore>,
    pub(crate) archive: Archive,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) log: Log,
    pub(crate) instance: InstanceId,
    pub(crate) when_full: WhenFull,
}

/// A numbered page.
fn page(after: u64, size: u32) -> Result<(u64, u32), Refusal> {
    let mut fields = Fields::default();
    let after = fields.sequence("after_sequence", after);
    let size = fields.page_size(size, DEFAULT_PAGE, MAX_PAGE);
    fields.finish(after.zip(size))
}

impl Service {
    async fn list(
        &self,
        request: pb::ListAuditEventsRequest,
    ) -> Result<pb::ListAuditEventsResponse, Refusal> {
        let (after, size) = page(request.after_sequence, request.page_size)?;
        // The one before, whose hash each line names.
        let before = after.saturating_sub(1);
        let mut entries = self.store.entries(before, size.saturating_add(1)).await?;
        let mut previous = match entries.first() {
            Some(first) if first.sequence == after => Some(Head::of(&entries.remove(0))),
            _ => self.archive.oldest().await?.map(|seal| seal.head()),
        };
        entries.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let listed = entries.into_iter().map(|entry| {
            let follows = previous.replace(Head::of(&entry));
            wire::entry(follows.as_ref(), entry)
        });
        Ok(pb::ListAuditEventsResponse {
            entries: listed.collect(),
        })
    }

    async fn status(&self) -> Result<pb::GetAuditStatusResponse, Refusal> {
        let head = self.store.head().await?;
        let forgotten = self.archive.oldest().await?;
        let segment = self.store.last_segment().await?;
        let health = self.log.health();
        let choice = match self.when_full {
            WhenFull::FailClosed => Choice::FailClosed,
            WhenFull::GoOn => Choice::GoOn,
        };
        Ok(pb::GetAuditStatusResponse {
            gateway_id: self.instance.to_string(),
            last_sequence: head.as_ref().map_or(0, |head| head.sequence),
            last_hash: head.map(|head| head.hash).unwrap_or_default(),
            forgotten_sequence: forgotten.map_or(0, |seal| seal.statement.sequence),
            last_checkpoint: self.store.last_checkpoint().await?.map(wire::checkpoint),
            segment_count: segment.map_or(0, |segment| segment.number),
            failing_since_time: health.failing_since.map(moment),
            waiting_event_count: health.waiting,
            lost_event_count: health.lost,
            when_full: choice.into(),
        })
    }

    async fn stated(
        &self,
        request: pb::ListCheckpointsRequest,
    ) -> Result<pb::ListCheckpointsResponse, Refusal> {
        let (after, size) = page(request.after_sequence, request.page_size)?;
        let checkpoints = self.store.checkpoints(after, size).await?;
        Ok(pb::ListCheckpointsResponse {
            checkpoints: checkpoints.into_iter().map(wire::checkpoint).collect(),
        })
    }

    /// The checkpoint behind which an export begins.
    async fn begin(&self, after: u64) -> Result<Option<Checkpoint>, Refusal> {
        let oldest = self.archive.oldest().await?;
        let forgotten = oldest.as_ref().map_or(0, |seal| seal.statement.sequence);
        if after == 0 || after == forgotten {
            return Ok(oldest);
        }
        let found = self.store.checkpoints(after.saturating_sub(1), 1).await?.pop();
        let found = found.filter(|checkpoint| checkpoint.statement.sequence == after && after > forgotten);
        found.map(Some).ok_or_else(|| {
            Refusal::field(
                "after_sequence",
                "must be the number of a checkpoint behind which the gateway still has the entries",
            )
        })
    }

    async fn export(&self, request: pb::ExportAuditEventsRequest) -> Result<Export, Refusal> {
        let mut fields = Fields::default();
        let after = fields.sequence("after_sequence", request.after_sequence);
        let begin = self.begin(fields.finish(after)?).await?;
        let end = self.checkpoints.create().await?;
        Ok(Export {
            archive: self.archive.clone(),
            head: begin.as_ref().map(Checkpoint::head),
            begin,
            end,
        })
    }
}

/// An export under way.
struct Export {
    archive: Archive,
    begin: Option<Checkpoint>,
    head: Option<Head>,
    end: Option<Checkpoint>,
}

impl Export {
    async fn next(mut self) -> Option<(Result<String, Reason>, Self)> {
        if let Some(begin) = self.begin.take() {
            // Behind nothing new there is nothing to state twice.
            self.end = self.end.filter(|end| end.head() != begin.head());
            return Some((Ok(format!("{}\n", begin.jws)), self));
        }
        let end = self.end.as_ref()?;
        match self.archive.lines(&mut self.head, end.statement.sequence).await {
            Ok(Some(lines)) => Some((Ok(lines), self)),
            Ok(None) => {
                let seal = format!("{}\n", end.jws);
                self.end = None;
                Some((Ok(seal), self))
            }
            Err(reason) => {
                self.end = None;
                Some((Err(reason), self))
            }
        }
    }
}

#[tonic::async_trait]
impl AuditService for Service {
    type ExportAuditEventsStream = BoxStream<'static, Result<pb::ExportAuditEventsResponse, Status>>;

    async fn list_audit_events(
        &self,
        request: Request<pb::ListAuditEventsRequest>,
    ) -> Result<Response<pb::ListAuditEventsResponse>, Status> {
        let listed = self.list(request.into_inner()).await;
        listed.map(Response::new).map_err(status::of)
    }

    async fn export_audit_events(
        &self,
        request: Request<pb::ExportAuditEventsRequest>,
    ) -> Result<Response<Self::ExportAuditEventsStream>, Status> {
        let export = self.export(request.into_inner()).await.map_err(status::of)?;
        // Read as the caller takes it: a page is in memory at once.
        let pages = stream::unfold(export, Export::next).map(|page| match page {
            Ok(lines) => Ok(pb::ExportAuditEventsResponse {
                lines: lines.into_bytes(),
            }),
            Err(reason) => Err(status::of_reason(reason)),
        });
        Ok(Response::new(pages.boxed()))
    }

    async fn get_audit_status(
        &self,
        _: Request<pb::GetAuditStatusRequest>,
    ) -> Result<Response<pb::GetAuditStatusResponse>, Status> {
        self.status().await.map(Response::new).map_err(status::of)
    }

    async fn list_checkpoints(
        &self,
        request: Request<pb::ListCheckpointsRequest>,
    ) -> Result<Response<pb::ListCheckpointsResponse>, Status> {
        let listed = self.stated(request.into_inner()).await;
        listed.map(Response::new).map_err(status::of)
    }

    async fn create_checkpoint(
        &self,
        _: Request<pb::CreateCheckpointRequest>,
    ) -> Result<Response<pb::CreateCheckpointResponse>, Status> {
        let made = self.checkpoints.create().await.map_err(status::of_reason)?;
        Ok(Response::new(pb::CreateCheckpointResponse {
            checkpoint: made.map(wire::checkpoint),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;

    #[test]
    fn a_page_has_bounds() {
        assert_eq!(page(7, 0).unwrap(), (7, DEFAULT_PAGE));
        assert_eq!(page(0, MAX_PAGE).unwrap(), (0, MAX_PAGE));
        assert_eq!(
            wrong_fields(page(u64::MAX, MAX_PAGE + 1)),
            ["after_sequence", "page_size"]
        );
    }
}
