//! Authentications of their own: started, watched, read, answered and cancelled by callers who need no check-in.

mod desk;

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::audit::{Action as AuditAction, Audit, Event};
use madoguchi_core::authentication::{Authentication, State};
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::{
    ActionId, AuthenticationId, CallerId, Clock, CounterId, Medium, Reason, Refusal, RequestId,
};
use madoguchi_session::{Publisher, Request, ResourceStore, Started, Table, Updates};

use crate::live::Live;
use crate::{Claim, Counters, Plan, Submission, Tray, Ways, Workflow, mailbox};
use desk::{AtDesk, AuthenticationDesk};

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
    /// What the chip signs.
    pub challenge: Vec<u8>,
    /// BCP 47 language of the reader's screen.
    pub language: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// What the service is made of.
#[derive(Clone)]
pub struct Parts {
    /// The workflow over this machine's readers.
    pub workflow: Workflow,
    /// The counters, shared with the check-ins.
    pub counters: Counters,
    /// Where authentications are kept.
    pub store: Arc<dyn ResourceStore>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The audit log.
    pub audit: Arc<dyn Audit>,
    /// How much is held at once.
    pub table: madoguchi_session::Options,
}

/// The authentications of this gateway. Cheap to clone.
#[derive(Clone)]
pub struct Authentications {
    parts: Arc<Parts>,
    table: Table<Authentication>,
    live: Live,
}

impl std::fmt::Debug for Authentications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authentications").finish_non_exhaustive()
    }
}

impl Authentications {
    /// Opens the service; what an earlier process left open is ended first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn open(parts: Parts) -> Result<Self, Reason> {
        let abandon = |left| desk::failed(left, Reason::GatewayRestarted, Ways::default());
        let table = Table::open(
            &parts.table,
            Arc::clone(&parts.store),
            Arc::clone(&parts.clock),
            abandon,
        )
        .await?;
        Ok(Self {
            parts: Arc::new(parts),
            table,
            live: Live::default(),
        })
    }

    /// Starts an authentication, or finds the one that the same request started.
    ///
    /// # Errors
    /// [`Reason::CounterNotFound`], [`Reason::CounterBusy`], [`Reason::ReaderNotFound`],
    /// [`Reason::RequestIdReused`], [`Reason::Overloaded`], [`Reason::StoreUnavailable`],
    /// [`Reason::GatewayShuttingDown`].
    pub async fn start(&self, start: StartRequest) -> Result<Authentication, Refusal> {
        self.live.check_open()?;
        let request = Request {
            fingerprint: fingerprint(&start),
            caller: start.caller.clone(),
            request_id: start.request_id,
        };
        if let Some(existing) = self.table.find(&request).await? {
            return Ok(existing);
        }
        let id = AuthenticationId::generate();
        let claim = self.parts.counters.claim(&start.counter_id, id.as_str())?;
        self.parts.workflow.require_reader(claim.counter())?;
        let now = self.parts.clock.now();
        let first = Authentication {
            id,
            caller: start.caller.clone(),
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
            proof: None,
            failure: None,
            cancelled_by: None,
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
        let plan = Plan {
            counter: claim.counter().clone(),
            medium: start.medium,
            challenge: start.challenge,
            language: start.language,
            consents: Vec::new(),
            caller: start.caller,
            check_in_id: None,
            authentication_id: Some(started.id.clone()),
        };
        let service = self.clone();
        self.live.enter(started.id.as_str(), slot, async move {
            service.lead(publisher, tray, plan, start.timeout, claim).await;
        });
        Ok(started)
    }

    async fn lead(
        &self,
        publisher: Publisher<Authentication>,
        mut tray: Tray,
        plan: Plan,
        left: Duration,
        claim: Claim,
    ) {
        let mut desk = AuthenticationDesk::new(publisher);
        let cancel = tray.cancellation();
        let mut at_desk = AtDesk {
            desk: &mut desk,
            tray: &mut tray,
        };
        let end = self
            .live
            .bounded(cancel, left, self.parts.workflow.run(&plan, &mut at_desk))
            .await;
        // Whoever sees the end may start the next visit at once.
        drop(claim);
        desk.finish(end).await;
    }

    /// An authentication now.
    ///
    /// # Errors
    /// [`Reason::AuthenticationNotFound`], [`Reason::StoreUnavailable`].
    pub async fn get(&self, id: &AuthenticationId) -> Result<Authentication, Refusal> {
        Ok(self.table.get(id.as_str()).await?)
    }

    /// An authentication now and after each change; the terminal state is the last.
    ///
    /// # Errors
    /// [`Reason::AuthenticationNotFound`], [`Reason::SequenceUnknown`], [`Reason::StoreUnavailable`].
    pub async fn watch(
        &self,
        id: &AuthenticationId,
        after_sequence: u64,
    ) -> Result<Updates<Authentication>, Refusal> {
        Ok(self.table.watch(id.as_str(), Some(after_sequence)).await?)
    }

    /// Cancels an authentication and waits for its end; one that ended stays as it is.
    ///
    /// # Errors
    /// [`Reason::AuthenticationNotFound`], [`Reason::StoreUnavailable`].
    pub async fn cancel(&self, id: &AuthenticationId) -> Result<Authentication, Refusal> {
        self.live.cancel(&self.table, id.as_str()).await
    }

    /// Hands over what somebody answered to the pending action. When it returns, the visit has it; a consent's receipt
    /// survives a crash by then.
    ///
    /// # Errors
    /// [`Reason::AuthenticationNotFound`], [`Reason::ActionNotPending`], a field violation,
    /// [`Reason::StoreUnavailable`].
    pub async fn submit(
        &self,
        id: &AuthenticationId,
        action: ActionId,
        submission: Submission,
    ) -> Result<Authentication, Refusal> {
        self.live
            .submit(&self.table, id.as_str(), action, submission)
            .await
    }

    /// Waits for a card at a counter and reads its certificate; nobody types a PIN. Cancel by dropping the future.
    ///
    /// # Errors
    /// [`Reason::CounterNotFound`], [`Reason::CounterBusy`], [`Reason::ReaderNotFound`],
    /// [`Reason::CardWaitTimeout`], or why it could not be read.
    pub async fn read_certificate(
        &self,
        caller: CallerId,
        counter_id: &CounterId,
        wait: Duration,
    ) -> Result<(Medium, CertificateDer), Refusal> {
        self.live.check_open()?;
        let claim = self.parts.counters.claim(counter_id, "certificate")?;
        self.parts.workflow.require_reader(claim.counter())?;
        let read = self.parts.workflow.read_certificate(claim.counter(), wait).await;
        let event = Event {
            caller: Some(caller),
            counter_id: Some(counter_id.clone()),
            medium: read.as_ref().ok().map(|(medium, _)| *medium),
            reason: read.as_ref().err().copied(),
            ..Event::new(AuditAction::CertificateRead)
        };
        self.parts.audit.append(event).await?;
        Ok(read?)
    }

    /// Ends every authentication and waits until the last has said so. The workflow is ended by whoever made it.
    pub async fn shutdown(&self) {
        self.live.shutdown().await;
    }
}

/// The same request has the same fingerprint; the challenge goes into it as a hash.
fn fingerprint(start: &StartRequest) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, &start.challenge);
    format!(
        "{} {} {} {}",
        start.counter_id,
        start.medium.map_or("any", Medium::as_str),
        start.language,
        hex::encode(digest)
    )
}
