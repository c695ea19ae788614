//! The check-ins of this gateway: started, watched, read, answered and cancelled by callers.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_auth::{Claim, Counters, End, Live, Submission, Tray, Workflow, mailbox};
use madoguchi_core::audit::Audit;
use madoguchi_core::check_in::{CheckIn, State};
use madoguchi_core::consent::Consents;
use madoguchi_core::deferral::Deferrals;
use madoguchi_core::eligibility::{Eligibility, Person};
use madoguchi_core::evidence::Evidences;
use madoguchi_core::{ActionId, CallerId, CheckInId, Clock, CounterId, Medium, Reason, Refusal, RequestId};
use madoguchi_session::{Publisher, Request, ResourceStore, Started, Table, Updates};

use crate::desk::CheckInDesk;
use crate::states::{end, vouch};
use crate::visit::{Ran, Visit};

/// What to start.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// Who asks.
    pub caller: CallerId,
    /// The caller's name for the request.
    pub request_id: RequestId,
    /// Where.
    pub counter_id: CounterId,
    /// The medium, where the patient said so already.
    pub medium: Option<Medium>,
    /// BCP 47 language of the consent wording.
    pub language: String,
    /// How long the visit may take.
    pub timeout: Duration,
    /// Whom the caller expects, where it says so. Kept in memory while the visit lasts, and nowhere else.
    pub expected: Option<Person>,
}

/// What the service is made of.
#[derive(Clone)]
pub struct Parts {
    /// Who is it?
    pub workflow: Workflow,
    /// What may be seen?
    pub consents: Arc<dyn Consents>,
    /// Is the patient insured?
    pub eligibility: Arc<dyn Eligibility>,
    /// What is put off while nobody can say so; none where a visit fails then.
    pub deferrals: Option<Arc<dyn Deferrals>>,
    /// Vouches for visits that ended well.
    pub evidences: Arc<dyn Evidences>,
    /// What happened, for auditors.
    pub audit: Arc<dyn Audit>,
    /// The counters, shared with the authentications.
    pub counters: Counters,
    /// Where check-ins are kept.
    pub store: Arc<dyn ResourceStore>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// How much is held at once.
    pub table: madoguchi_session::Options,
}

/// The check-ins of this gateway. Cheap to clone.
#[derive(Clone)]
pub struct CheckIns {
    parts: Arc<Parts>,
    table: Table<CheckIn>,
    live: Live,
}

impl std::fmt::Debug for CheckIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckIns").finish_non_exhaustive()
    }
}

impl CheckIns {
    /// Opens the service; what an earlier process left open is ended first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn open(parts: Parts) -> Result<Self, Reason> {
        let (store, clock) = (Arc::clone(&parts.store), Arc::clone(&parts.clock));
        let table = Table::open(&parts.table, store, clock, end::abandon).await?;
        Ok(Self {
            parts: Arc::new(parts),
            table,
            live: Live::default(),
        })
    }

    /// Starts a visit, or finds the one that the same request started.
    ///
    /// # Errors
    /// [`Reason::CounterNotFound`], [`Reason::CounterBusy`], [`Reason::ReaderNotFound`],
    /// [`Reason::RequestIdReused`], [`Reason::Overloaded`], [`Reason::StoreUnavailable`],
    /// [`Reason::GatewayShuttingDown`].
    pub async fn start(&self, start: StartRequest) -> Result<CheckIn, Refusal> {
        self.live.check_open()?;
        let medium = start.medium.map_or("any", Medium::as_str);
        let request = Request {
            caller: start.caller.clone(),
            request_id: start.request_id,
            // Who is expected is not in what is kept of a request, not even as a hash: a day of birth is soon guessed.
            fingerprint: format!("{} {medium} {}", start.counter_id, start.language),
        };
        if let Some(existing) = self.table.find(&request).await? {
            return Ok(existing);
        }
        let id = CheckInId::generate();
        let claim = self.parts.counters.claim(&start.counter_id, id.as_str())?;
        self.parts.workflow.require_reader(claim.counter())?;
        let now = self.parts.clock.now();
        let first = CheckIn {
            id,
            caller: start.caller,
            counter_id: start.counter_id,
            sequence: 0,
            state: if start.medium.is_some() {
                State::WaitingForCard
            } else {
                State::ChoosingMedium
            },
            pending: None,
            guidance: None,
            medium: start.medium,
            method: None,
            visual_check: None,
            reader_id: None,
            check: None,
            receipt: None,
            answer: None,
            outage: None,
            evidence: None,
            outcome: None,
            apdu_count: 0,
            started_at: now,
            updated_at: now,
            expires_at: now + start.timeout,
        };
        let publisher = match self.table.start(request, first).await? {
            Started::New(publisher) => publisher,
            Started::Existing(existing) => return Ok(existing),
        };
        let started = publisher.current().clone();
        let (slot, tray) = mailbox();
        let service = self.clone();
        self.live.enter(started.id.as_str(), slot, async move {
            let lead = Lead {
                claim,
                language: start.language,
                left: start.timeout,
                expected: start.expected,
            };
            Box::pin(service.lead(publisher, tray, lead)).await;
        });
        Ok(started)
    }

    async fn lead(&self, publisher: Publisher<CheckIn>, mut tray: Tray, lead: Lead) {
        let mut desk = CheckInDesk::new(publisher);
        let cancel = tray.cancellation();
        let work = async {
            let visit = Visit {
                parts: &self.parts,
                desk: &mut desk,
                tray: &mut tray,
                counter: lead.claim.counter().clone(),
                language: lead.language,
                expected: lead.expected,
                station: None,
            };
            visit.run().await
        };
        let ended = self.live.bounded(cancel, lead.left, Box::pin(work)).await;
        let (ended, station) = match ended {
            End::Ran(Ran { known, station }) => (End::Ran(known), station),
            End::Cancelled => (End::Cancelled, None),
            End::ShuttingDown => (End::ShuttingDown, None),
            End::Expired => (End::Expired, None),
        };
        // Whoever sees the end may start the next visit at once.
        drop(lead.claim);
        end::enter(&mut desk.now, ended, desk.ways);
        vouch::run(&*self.parts.evidences, &mut desk.now);
        let told = desk.finish().await;
        if let Some(mut station) = station {
            station.set_farewell(end::farewell(&told));
        }
    }

    /// A visit now.
    ///
    /// # Errors
    /// [`Reason::CheckInNotFound`], [`Reason::StoreUnavailable`].
    pub async fn get(&self, id: &CheckInId) -> Result<CheckIn, Refusal> {
        Ok(self.table.get(id.as_str()).await?)
    }

    /// A visit now and after each change; the terminal state is the last.
    ///
    /// # Errors
    /// [`Reason::CheckInNotFound`], [`Reason::SequenceUnknown`], [`Reason::StoreUnavailable`].
    pub async fn watch(&self, id: &CheckInId, after_sequence: u64) -> Result<Updates<CheckIn>, Refusal> {
        Ok(self.table.watch(id.as_str(), Some(after_sequence)).await?)
    }

    /// Cancels a visit and waits for its end; one that ended stays as it is.
    ///
    /// # Errors
    /// [`Reason::CheckInNotFound`], [`Reason::StoreUnavailable`].
    pub async fn cancel(&self, id: &CheckInId) -> Result<CheckIn, Refusal> {
        self.live.cancel(&self.table, id.as_str()).await
    }

    /// Hands over what somebody answered to the pending action. When it returns, the visit has it; a consent's receipt
    /// survives a crash by then.
    ///
    /// # Errors
    /// [`Reason::CheckInNotFound`], [`Reason::ActionNotPending`], a field violation,
    /// [`Reason::StoreUnavailable`].
    pub async fn submit(
        &self,
        id: &CheckInId,
        action: ActionId,
        submission: Submission,
    ) -> Result<CheckIn, Refusal> {
        self.live
            .submit(&self.table, id.as_str(), action, submission)
            .await
    }

    /// Ends every visit and waits until the last has said so. The workflow is ended by whoever made it.
    pub async fn shutdown(&self) {
        self.live.shutdown().await;
    }
}

/// What the leader of a visit holds.
struct Lead {
    /// Gives the counter free when the visit is over.
    claim: Claim,
    language: String,
    left: Duration,
    expected: Option<Person>,
}
