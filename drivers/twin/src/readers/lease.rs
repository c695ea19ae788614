//! Exclusive use of a reader in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{CardUse, Lease, OpenCard, PinStatus, PinVerdict, Snapshot, State};
use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_core::{Pin, ReaderId, Reason};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::Shared;
use super::conversation::{Ask, serve};

pub(crate) struct TwinLease {
    shared: Arc<Shared>,
    id: ReaderId,
    conversation: Option<mpsc::Sender<Ask>>,
    removals: Option<watch::Receiver<u64>>,
    _seat: OwnedSemaphorePermit,
}

impl TwinLease {
    pub(crate) fn new(shared: Arc<Shared>, id: ReaderId, seat: OwnedSemaphorePermit) -> Self {
        shared.change(&id, |reader| reader.state = State::Leased);
        Self {
            shared,
            id,
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
}

impl Drop for TwinLease {
    fn drop(&mut self) {
        self.shared.change(&self.id, |reader| reader.state = State::Ready);
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

    async fn present(&mut self, _: &Screen, _: Duration) -> Result<Answer, Reason> {
        Err(Reason::ReaderUnavailable)
    }

    async fn enter_pin(&mut self, _: &PinRequest, _: Duration) -> Result<Option<Pin>, Reason> {
        Err(Reason::ReaderUnavailable)
    }

    async fn verify_face(&mut self, _: &FaceRequest, _: Duration) -> Result<FaceOutcome, Reason> {
        Err(Reason::ReaderUnavailable)
    }

    async fn accept_visual(&mut self) -> Result<(), Reason> {
        Err(Reason::ReaderUnavailable)
    }

    async fn run_visit(
        &mut self,
        _: &Plan,
        _: &mut (dyn FnMut(Progress) + Send),
        _: Duration,
    ) -> Result<Outcome, Reason> {
        Err(Reason::ReaderUnavailable)
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
