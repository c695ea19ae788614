//! Exclusive use of a reader in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{Capability, CardUse, Lease, OpenCard, PinStatus, PinVerdict, Snapshot, State};
use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_core::{Pin, ReaderId, Reason};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::Shared;
use super::conversation::{Ask, serve};
use super::screen::{Deed, Shown, TwinScreen};

pub(crate) struct TwinLease {
    shared: Arc<Shared>,
    id: ReaderId,
    screen: TwinScreen,
    conversation: Option<mpsc::Sender<Ask>>,
    removals: Option<watch::Receiver<u64>>,
    _seat: OwnedSemaphorePermit,
}

impl TwinLease {
    pub(crate) fn new(
        shared: Arc<Shared>,
        id: ReaderId,
        screen: TwinScreen,
        seat: OwnedSemaphorePermit,
    ) -> Self {
        shared.change(&id, |reader| reader.state = State::Leased);
        Self {
            shared,
            id,
            screen,
            conversation: None,
            removals: None,
            _seat: seat,
        }
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<Result<T, Reason>>) -> Ask) -> Result<T, Reason> {
        let conversation = self.conversation.as_ref().ok_or(Reason::CardRemoved)?;
        let (reply, answer) = oneshot::channel();
        conversation
            .send(ask(reply))
            .await
            .map_err(|_closed| Reason::CardRemoved)?;
        answer.await.map_err(|_closed| Reason::CardRemoved)?
    }

    fn require(&self, capability: Capability) -> Result<(), Reason> {
        self.shared
            .usable(&self.id)
            .map_err(|_gone| Reason::ReaderRemoved)?;
        if self.shared.can(&self.id, capability) {
            self.screen.ready()
        } else {
            Err(Reason::ReaderUnavailable)
        }
    }

    /// Shows that and waits for whoever stands there, for as long as the reader is there.
    async fn put_to(&self, shown: Shown, timeout: Duration) -> Result<Deed, Reason> {
        tokio::select! {
            biased;
            reason = self.gone() => Err(reason),
            deed = tokio::time::timeout(timeout, self.screen.ask(shown)) => {
                match deed.map_err(|_elapsed| Reason::PatientTimeout)?? {
                    Deed::Lost(reason) => Err(reason),
                    deed => Ok(deed),
                }
            }
        }
    }

    async fn gone(&self) -> Reason {
        let mut snapshots = self.shared.snapshot.subscribe();
        while self.shared.usable(&self.id).is_ok() {
            if snapshots.changed().await.is_err() {
                break;
            }
        }
        Reason::ReaderRemoved
    }

    async fn card_gone(&self) {
        let mut snapshots = self.shared.snapshot.subscribe();
        while self.shared.card_present(&self.id) {
            if snapshots.changed().await.is_err() {
                break;
            }
        }
    }
}

impl Drop for TwinLease {
    fn drop(&mut self) {
        // One that was unplugged meanwhile stays so.
        self.shared.change(&self.id, |reader| {
            if reader.state == State::Leased {
                reader.state = State::Ready;
            }
        });
    }
}

#[async_trait]
impl Lease for TwinLease {
    fn reader_id(&self) -> &ReaderId {
        &self.id
    }

    async fn wait_for_card(&mut self, timeout: Duration) -> Result<(), Reason> {
        let mut snapshots = self.shared.snapshot.subscribe();
        let here = |snapshot: &Snapshot| {
            snapshot
                .readers
                .iter()
                .any(|reader| reader.id == self.id && reader.card_present)
        };
        match tokio::time::timeout(timeout, snapshots.wait_for(here)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(Reason::ReaderRemoved),
            Err(_) => Err(Reason::CardWaitTimeout),
        }
    }

    async fn wait_for_removal(&mut self) {
        if self.shared.card_present(&self.id)
            && let Some(removals) = &mut self.removals
        {
            // The sender lives as long as this lease.
            let _ = removals.changed().await;
        }
    }

    async fn open_card(&mut self) -> Result<OpenCard, Reason> {
        self.close_card().await;
        // From now on: what leaves is what is opened here.
        self.removals = self.shared.removals(&self.id);
        let (opened, medium) = oneshot::channel();
        let (conversation, asked) = mpsc::channel(1);
        let (shared, id) = (Arc::clone(&self.shared), self.id.clone());
        tokio::task::spawn_blocking(move || serve(&shared, &id, opened, asked));
        self.conversation = Some(conversation);
        let medium = medium.await.map_err(|_closed| Reason::CardRemoved)??;
        Ok(OpenCard { medium })
    }

    async fn read_certificate(&mut self) -> Result<CertificateDer, Reason> {
        self.ask(Ask::Certificate).await
    }

    async fn pin_status(&mut self) -> Result<PinStatus, Reason> {
        self.ask(Ask::PinStatus).await
    }

    async fn verify_pin(&mut self, pin: Pin, last_try_confirmed: bool) -> Result<PinVerdict, Reason> {
        self.ask(|reply| Ask::VerifyPin {
            pin,
            last_try_confirmed,
            reply,
        })
        .await
    }

    async fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Reason> {
        let message = message.to_vec();
        self.ask(|reply| Ask::Sign { message, reply }).await
    }

    async fn present(&mut self, screen: &Screen, timeout: Duration) -> Result<Answer, Reason> {
        self.require(Capability::Screen)?;
        let shown = Shown::Page(screen.clone());
        if !screen.page.asks() {
            self.screen.show(shown);
            return Ok(Answer::Seen);
        }
        match self.put_to(shown, timeout).await? {
            Deed::Answer(answer) => Ok(answer),
            _ => Err(Reason::DriverProtocolError),
        }
    }

    async fn enter_pin(&mut self, request: &PinRequest, timeout: Duration) -> Result<Option<Pin>, Reason> {
        self.require(Capability::PinPad)?;
        match self.put_to(Shown::PinPad(request.clone()), timeout).await? {
            Deed::Pin(pin) => Ok(pin),
            _ => Err(Reason::DriverProtocolError),
        }
    }

    async fn verify_face(&mut self, request: &FaceRequest, timeout: Duration) -> Result<FaceOutcome, Reason> {
        self.require(Capability::Face)?;
        let shown = Shown::Camera(request.clone());
        let deed = tokio::select! {
            biased;
            () = self.card_gone() => return Err(Reason::CardRemoved),
            deed = self.put_to(shown, timeout) => deed?,
        };
        match deed {
            Deed::Face(FaceOutcome::Match) => {
                self.ask(Ask::Authorize).await?;
                Ok(FaceOutcome::Match)
            }
            Deed::Face(outcome) => Ok(outcome),
            _ => Err(Reason::DriverProtocolError),
        }
    }

    async fn accept_visual(&mut self) -> Result<(), Reason> {
        self.require(Capability::RemoteVisual)
            .or_else(|_| self.require(Capability::StaffVisual))?;
        self.ask(Ask::Authorize).await?;
        self.screen.show(Shown::StaffTrusted);
        Ok(())
    }

    async fn run_visit(
        &mut self,
        plan: &Plan,
        _: &mut (dyn FnMut(Progress) + Send),
        timeout: Duration,
    ) -> Result<Outcome, Reason> {
        self.require(Capability::Delegated)?;
        match self.put_to(Shown::Visit(plan.clone()), timeout).await? {
            Deed::Visit(outcome) => Ok(outcome),
            _ => Err(Reason::DriverProtocolError),
        }
    }

    async fn close_card(&mut self) -> CardUse {
        let Some(conversation) = self.conversation.take() else {
            return CardUse::default();
        };
        let (reply, count) = oneshot::channel();
        if conversation.send(Ask::Close(reply)).await.is_err() {
            return CardUse::default();
        }
        CardUse {
            apdu_count: count.await.unwrap_or_default(),
        }
    }
}
