//! Consent: wording and receipts.

mod requests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use madoguchi_auth::{Submission, Word};
use madoguchi_checkin::CheckIns;
use madoguchi_core::check_in::Action;
use madoguchi_core::consent::{Answers, Attested, Consents, Happening, Receipt, Withdraw};
use madoguchi_core::{CallerId, CheckInId, Clock, Reason, Refusal};
use madoguchi_proto::consent::v1 as pb;
use madoguchi_proto::consent::v1::consent_service_server::ConsentService;
use tokio::time::sleep;
use tonic::{Request, Response, Status};

use super::paced::{Messages, Watchers};
use super::wire::consent as wire;
use super::{status, whole};
use crate::server::{Identity, Peer, caller};
use requests::{For, ToRecord};

pub(super) use requests::decisions;

/// How often it is looked whether something happened to a receipt, here or at another gateway of the site.
const LOOK: Duration = Duration::from_millis(500);
/// Events in one message.
const MAX_EVENTS: u32 = 64;

/// Serves wording and receipts.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) consents: Arc<dyn Consents>,
    pub(crate) check_ins: CheckIns,
    pub(crate) watchers: Watchers,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Service {
    fn question(
        &self,
        request: pb::GetConsentQuestionRequest,
    ) -> Result<pb::GetConsentQuestionResponse, Refusal> {
        let question = self.consents.question(&requests::question(request)?);
        Ok(pb::GetConsentQuestionResponse {
            question: Some(wire::question(question)),
        })
    }

    /// Whether that caller may see what belongs to that visit, or to none: at a kiosk stand patients, who must not see
    /// each other's.
    async fn may_see(&self, caller: &Identity, visit: Option<&CheckInId>) -> Result<bool, Refusal> {
        if !caller.sees_only_its_own() {
            return Ok(true);
        }
        let Some(visit) = visit else {
            return Ok(false);
        };
        match self.check_ins.get(visit).await {
            Ok(visit) => Ok(visit.caller == caller.caller),
            Err(refusal) if refusal.reason == Reason::CheckInNotFound => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    async fn receipt(
        &self,
        caller: &Identity,
        request: pb::GetConsentReceiptRequest,
    ) -> Result<pb::GetConsentReceiptResponse, Refusal> {
        let receipt = self.consents.get(&requests::receipt(request)?).await?;
        if !self.may_see(caller, receipt.check_in_id.as_ref()).await? {
            return Err(Reason::ReceiptNotFound.into());
        }
        Ok(pb::GetConsentReceiptResponse {
            receipt: Some(self.shown(receipt)),
        })
    }

    async fn list(
        &self,
        caller: &Identity,
        request: pb::ListConsentReceiptsRequest,
    ) -> Result<pb::ListConsentReceiptsResponse, Refusal> {
        let visit = requests::list(request)?;
        let receipts = match self.may_see(caller, Some(&visit)).await? {
            true => self.consents.list(&visit).await?,
            false => Vec::new(),
        };
        Ok(pb::ListConsentReceiptsResponse {
            receipts: receipts.into_iter().map(|receipt| self.shown(receipt)).collect(),
        })
    }

    async fn find(
        &self,
        request: pb::FindConsentReceiptsRequest,
    ) -> Result<pb::FindConsentReceiptsResponse, Refusal> {
        let (filter, after, limit) = requests::find(request)?;
        // One more says whether there is another page.
        let mut receipts = self.consents.find(filter, after, limit.saturating_add(1)).await?;
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = receipts.len() > size;
        receipts.truncate(size);
        let last = receipts.last().filter(|_| more);
        Ok(pb::FindConsentReceiptsResponse {
            next_page_token: last.map(|receipt| receipt.id.to_string()).unwrap_or_default(),
            receipts: receipts.into_iter().map(|receipt| self.shown(receipt)).collect(),
        })
    }

    async fn record(&self, caller: CallerId, request: ToRecord) -> Result<Receipt, Refusal> {
        let subject = match request.whom {
            For::Visit(ref id) => return self.record_in_visit(caller, id.clone(), request).await,
            For::Subject(subject) => subject,
        };
        let (decisions, others) = request.answers;
        let attested = Attested {
            caller,
            request_id: request.request_id,
            subject,
            decisions,
            others,
            wording_version: request.wording_version,
            language: request.language,
            attestation: request.attestation,
        };
        self.consents.record_attested(attested).await
    }

    /// Answers the question of a visit; one that was answered so before is a repetition.
    async fn record_in_visit(
        &self,
        caller: CallerId,
        id: CheckInId,
        request: ToRecord,
    ) -> Result<Receipt, Refusal> {
        let (mut decisions, others) = request.answers;
        let words = request.wording_version.clone();
        let pending = self.check_ins.get(&id).await?.pending;
        if let Some(pending) = pending
            && let Action::DecideConsents(asked) = &pending.action
        {
            // Before the visit has it: what cannot be recorded would end it.
            self.consents.check(&Answers {
                decisions: &decisions,
                others: &others,
                wording_version: &request.wording_version,
                language: &asked.language,
                attested: true,
            })?;
            let submission = Submission::Consents {
                decisions: decisions.clone(),
                others: others.clone(),
                wording_version: request.wording_version,
                word: Some(Word {
                    attestation: request.attestation.clone(),
                    caller,
                }),
            };
            match self.check_ins.submit(&id, pending.id, submission).await {
                // Somebody else may have been faster, perhaps with the same words.
                Err(refusal) if refusal.reason != Reason::ActionNotPending => return Err(refusal),
                _ => {}
            }
        }
        let kept = self.consents.list(&id).await?.into_iter().next();
        decisions.sort_by_key(|decision| decision.item);
        let same = |kept: &Receipt| {
            kept.attestation.as_ref() == Some(&request.attestation)
                && kept.decisions == decisions
                && kept.others == others
                && kept.wording_version == words
        };
        Ok(kept.filter(same).ok_or(Reason::ActionNotPending)?)
    }

    async fn withdraw(
        &self,
        caller: CallerId,
        request: pb::WithdrawConsentRequest,
    ) -> Result<Receipt, Refusal> {
        let (id, reason, staff_id) = requests::withdraw(request)?;
        let withdraw = Withdraw {
            caller,
            staff_id,
            reason,
        };
        Ok(self.consents.withdraw(&id, withdraw).await?)
    }

    async fn watch(
        &self,
        peer: Option<&Peer>,
        after: Option<u64>,
    ) -> Result<Messages<pb::WatchConsentEventsResponse>, Refusal> {
        let after = match after {
            Some(after) => requests::watch(after)?,
            None => self.consents.last_happening().await?,
        };
        let changes = happenings(Arc::clone(&self.consents), after);
        let messages = self.watchers.open_every(peer, changes, |found| found)?;
        let messages = messages.map(move |found| match found? {
            Ok((found, last_sequence)) => Ok(pb::WatchConsentEventsResponse {
                events: found.into_iter().map(wire::event).collect(),
                last_sequence,
            }),
            Err(reason) => Err(status::of_reason(reason)),
        });
        Ok(messages.boxed())
    }

    fn shown(&self, receipt: Receipt) -> pb::ConsentReceipt {
        wire::receipt(receipt, self.clock.now())
    }
}

/// Some happenings, and the number of the last that was told so far.
type Told = Result<(Vec<Happening>, u64), Reason>;

/// What happens after that number, some at a time: at first at once, even where it is nothing. What cannot be read any
/// more is the last.
fn happenings(consents: Arc<dyn Consents>, after: u64) -> BoxStream<'static, Told> {
    stream::unfold(Some((after, true)), move |stand| {
        let consents = Arc::clone(&consents);
        async move {
            let (after, first) = stand?;
            loop {
                match consents.happenings(after, MAX_EVENTS).await {
                    Err(reason) => return Some((Err(reason), None)),
                    Ok(found) if first || !found.is_empty() => {
                        let last = found.last().map_or(after, |one| one.sequence);
                        return Some((Ok((found, last)), Some((last, false))));
                    }
                    Ok(_) => sleep(LOOK).await,
                }
            }
        }
    })
    .boxed()
}

#[tonic::async_trait]
impl ConsentService for Service {
    async fn get_consent_question(
        &self,
        request: Request<pb::GetConsentQuestionRequest>,
    ) -> Result<Response<pb::GetConsentQuestionResponse>, Status> {
        self.question(request.into_inner())
            .map(Response::new)
            .map_err(status::of)
    }

    async fn get_consent_receipt(
        &self,
        request: Request<pb::GetConsentReceiptRequest>,
    ) -> Result<Response<pb::GetConsentReceiptResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.receipt(&caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn list_consent_receipts(
        &self,
        request: Request<pb::ListConsentReceiptsRequest>,
    ) -> Result<Response<pb::ListConsentReceiptsResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?;
        self.list(&caller, request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn find_consent_receipts(
        &self,
        request: Request<pb::FindConsentReceiptsRequest>,
    ) -> Result<Response<pb::FindConsentReceiptsResponse>, Status> {
        self.find(request.into_inner())
            .await
            .map(Response::new)
            .map_err(status::of)
    }

    async fn record_consent(
        &self,
        request: Request<pb::RecordConsentRequest>,
    ) -> Result<Response<pb::RecordConsentResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let read = requests::record(request.into_inner()).map_err(status::of)?;
        let service = self.clone();
        let recorded = whole(async move { service.record(caller, read).await }).await;
        let receipt = recorded.map_err(status::of)?;
        Ok(Response::new(pb::RecordConsentResponse {
            receipt: Some(self.shown(receipt)),
        }))
    }

    async fn withdraw_consent(
        &self,
        request: Request<pb::WithdrawConsentRequest>,
    ) -> Result<Response<pb::WithdrawConsentResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let (service, request) = (self.clone(), request.into_inner());
        let taken = whole(async move { service.withdraw(caller, request).await }).await;
        let receipt = taken.map_err(status::of)?;
        Ok(Response::new(pb::WithdrawConsentResponse {
            receipt: Some(self.shown(receipt)),
        }))
    }

    type WatchConsentEventsStream = Messages<pb::WatchConsentEventsResponse>;

    async fn watch_consent_events(
        &self,
        request: Request<pb::WatchConsentEventsRequest>,
    ) -> Result<Response<Self::WatchConsentEventsStream>, Status> {
        let peer = request.extensions().get::<Peer>().cloned();
        self.watch(peer.as_ref(), request.into_inner().after_sequence)
            .await
            .map(Response::new)
            .map_err(status::of)
    }
}
