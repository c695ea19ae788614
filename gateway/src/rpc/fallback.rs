//! The fallback: next steps, and cases until they are settled.

mod requests;

use std::sync::Arc;

use madoguchi_auth::{Counters, Ways, ways_at};
use madoguchi_checkin::CheckIns;
use madoguchi_core::fallback::{Case, Cases, Claim, Draft};
use madoguchi_core::reader::Readers as _;
use madoguchi_core::{CallerId, Clock, Reason, Refusal};
use madoguchi_fallback::{filled_fields, next_steps};
use madoguchi_proto::fallback::v1 as pb;
use madoguchi_proto::fallback::v1::fallback_service_server::FallbackService;
use madoguchi_reader::Roster;
use tonic::{Request, Response, Status};

use super::wire::{auth, fallback as wire};
use super::{status, whole};
use crate::server::caller;

/// Serves the fallback.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) cases: Arc<dyn Cases>,
    pub(crate) check_ins: CheckIns,
    pub(crate) roster: Arc<Roster>,
    pub(crate) counters: Counters,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A counter that nobody named may be able to do everything.
const ANYWHERE: Ways = Ways {
    face: true,
    visual: true,
    card: true,
    pin: false,
};

impl Service {
    fn next_steps(&self, request: pb::ListNextStepsRequest) -> Result<pb::ListNextStepsResponse, Refusal> {
        let mut asked = requests::next_steps(request, self.clock.now())?;
        let ways = match &asked.counter_id {
            Some(id) => ways_at(self.counters.get(id)?, &self.roster.snapshot()),
            None => ANYWHERE,
        };
        asked.situation.ways = Ways {
            pin: asked.pin_usable,
            ..ways
        };
        let steps = next_steps(&asked.situation);
        Ok(pb::ListNextStepsResponse {
            steps: steps.into_iter().map(auth::detail).collect(),
            filled_fields: filled_fields(Claim::Unknown).iter().map(wire::filled).collect(),
        })
    }

    async fn record(&self, caller: CallerId, request: pb::RecordCaseRequest) -> Result<Case, Refusal> {
        let is_dated = !request.visit_date.is_empty();
        let (request_id, mut draft) = requests::record(request, self.clock.now())?;
        match self.cases.find(&caller, &request_id).await? {
            // Where no day is sent it is that of the first time, though midnight has passed since.
            Some(earlier) if !is_dated => draft.visit_date = earlier.draft.visit_date,
            Some(_) => {}
            None => self.admit(&draft).await?,
        }
        self.cases.record(caller, request_id, draft).await
    }

    /// Lets through what names a counter and a visit that exist: what is told to auditors stays, and no text that somebody
    /// typed into the wrong field is to stay with it.
    async fn admit(&self, draft: &Draft) -> Result<(), Refusal> {
        self.counters.get(&draft.counter_id)?;
        if let Some(id) = &draft.check_in_id {
            let visit = self.check_ins.get(id).await;
            visit.map_err(|refusal| match refusal.reason {
                Reason::CheckInNotFound => refusal.with("field", "check_in_id"),
                _ => refusal,
            })?;
        }
        Ok(())
    }

    async fn reconcile(&self, caller: CallerId, request: pb::ReconcileCaseRequest) -> Result<Case, Refusal> {
        let asked = requests::reconcile(request)?;
        self.cases
            .reconcile(
                &asked.case_id,
                caller,
                asked.request_id,
                asked.finding,
                asked.staff_id,
            )
            .await
    }

    async fn list(&self, request: pb::ListCasesRequest) -> Result<pb::ListCasesResponse, Refusal> {
        let asked = requests::list(request)?;
        // One more than asked for: whether there is a next page.
        let limit = asked.page_size.saturating_add(1);
        let mut cases = self.cases.list(asked.listed, asked.after.as_ref(), limit).await?;
        let page = usize::try_from(asked.page_size).unwrap_or(usize::MAX);
        let more = cases.len() > page;
        cases.truncate(page);
        let last = cases.last().filter(|_| more);
        Ok(pb::ListCasesResponse {
            next_page_token: last.map(|case| case.id.to_string()).unwrap_or_default(),
            cases: cases.into_iter().map(wire::case).collect(),
        })
    }
}

#[tonic::async_trait]
impl FallbackService for Service {
    async fn list_next_steps(
        &self,
        request: Request<pb::ListNextStepsRequest>,
    ) -> Result<Response<pb::ListNextStepsResponse>, Status> {
        self.next_steps(request.into_inner())
            .map(Response::new)
            .map_err(status::of)
    }

    async fn record_case(
        &self,
        request: Request<pb::RecordCaseRequest>,
    ) -> Result<Response<pb::RecordCaseResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        let recorded = whole(async move { service.record(caller, request).await }).await;
        let case = Some(wire::case(recorded.map_err(status::of)?));
        Ok(Response::new(pb::RecordCaseResponse { case }))
    }

    async fn reconcile_case(
        &self,
        request: Request<pb::ReconcileCaseRequest>,
    ) -> Result<Response<pb::ReconcileCaseResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        let settled = whole(async move { service.reconcile(caller, request).await }).await;
        let case = Some(wire::case(settled.map_err(status::of)?));
        Ok(Response::new(pb::ReconcileCaseResponse { case }))
    }

    async fn get_case(
        &self,
        request: Request<pb::GetCaseRequest>,
    ) -> Result<Response<pb::GetCaseResponse>, Status> {
        let id = requests::case(request.into_inner()).map_err(status::of)?;
        let case = self.cases.get(&id).await.map_err(status::of)?;
        Ok(Response::new(pb::GetCaseResponse {
            case: Some(wire::case(case)),
        }))
    }

    async fn list_cases(
        &self,
        request: Request<pb::ListCasesRequest>,
    ) -> Result<Response<pb::ListCasesResponse>, Status> {
        self.list(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }
}
