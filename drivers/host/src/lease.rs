//! A reader that somebody holds, and the card conversation behind it.

mod card;
mod person;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::reader::{CardUse, Lease, Lies, OpenCard, PinStatus, PinVerdict, left};
use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan, Progress};
use madoguchi_core::{Pin, ReaderId, Reason};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::Options;
use crate::connection::Connection;
use crate::hub::{Claim, View};

/// Exclusive use of a reader. Dropping it powers the card off, then gives the reader back.
pub(crate) struct HeldReader {
    id: ReaderId,
    /// Gone only while it is being dropped.
    claim: Option<Claim>,
    options: Arc<Options>,
    view: watch::Receiver<Arc<View>>,
    runtime: Handle,
    /// The connection on which a card may be open: set before it is opened, so that no way out forgets it.
    open_on: Option<Connection>,
    /// The conversation, once the card is open.
    session_id: Option<u64>,
    /// How many cards the reader had seen when the card was opened.
    opened_at_count: Option<u64>,
    apdu_count: u32,
}

impl HeldReader {
    /// Must be called on a tokio runtime.
    pub(crate) fn new(claim: Claim, options: Arc<Options>, view: watch::Receiver<Arc<View>>) -> Self {
        Self {
            id: claim.id.clone(),
            claim: Some(claim),
            options,
            view,
            runtime: Handle::current(),
            open_on: None,
            session_id: None,
            opened_at_count: None,
            apdu_count: 0,
        }
    }
}

impl Drop for HeldReader {
    fn drop(&mut self) {
        let (Some(claim), Some(connection)) = (self.claim.take(), self.open_on.take()) else {
            return;
        };
        let timeout = Duration::from_millis(self.options.calls.close_card_timeout_ms);
        // The next in line gets the reader when the card is off, or when it is clear that nobody can tell.
        self.runtime.spawn(async move {
            if let Err(failure) = card::close(&connection, claim.selector.clone(), timeout).await {
                tracing::debug!(reader = %claim.id, code = failure.reason().code(), "the card was not closed");
            }
            drop(claim);
        });
    }
}

#[async_trait]
impl Lease for HeldReader {
    fn reader_id(&self) -> &ReaderId {
        &self.id
    }

    async fn wait_for_card(&mut self, timeout: Duration) -> Result<(), Reason> {
        let id = &self.id;
        let decided = self.view.wait_for(|view| match view.reader(id) {
            None => true,
            Some(reader) => reader.card_present || reader.reason.is_some(),
        });
        let view = match tokio::time::timeout(timeout, decided).await {
            Err(_) => return Err(Reason::CardWaitTimeout),
            Ok(Err(_)) => return Err(Reason::GatewayShuttingDown),
            Ok(Ok(view)) => view,
        };
        match view.reader(id).map(|reader| reader.reason) {
            None => Err(Reason::ReaderRemoved),
            Some(Some(reason)) => Err(reason),
            Some(None) => Ok(()),
        }
    }

    async fn wait_for_removal(&mut self) {
        let (id, opened_at) = (&self.id, self.opened_at_count);
        let lies = |view: Arc<View>| {
            let exchanged =
                opened_at.is_some_and(|then| view.card_counts.get(id).is_some_and(|now| *now > then));
            if exchanged {
                Lies::Gone
            } else {
                Lies::on(view.reader(id))
            }
        };
        left(WatchStream::new(self.view.clone()).map(lies), tokio::time::sleep).await;
    }

    async fn open_card(&mut self) -> Result<OpenCard, Reason> {
        self.close_card().await;
        card::open(self).await
    }

    async fn read_certificate(&mut self) -> Result<CertificateDer, Reason> {
        card::read_certificate(self).await
    }

    async fn pin_status(&mut self) -> Result<PinStatus, Reason> {
        card::pin_status(self).await
    }

    async fn verify_pin(&mut self, pin: Pin, last_try_confirmed: bool) -> Result<PinVerdict, Reason> {
        card::verify_pin(self, pin, last_try_confirmed).await
    }

    async fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Reason> {
        card::sign(self, message).await
    }

    async fn present(&mut self, screen: &Screen, timeout: Duration) -> Result<Answer, Reason> {
        person::present(self, screen, timeout).await
    }

    async fn enter_pin(&mut self, request: &PinRequest, timeout: Duration) -> Result<Option<Pin>, Reason> {
        person::enter_pin(self, request, timeout).await
    }

    async fn verify_face(&mut self, request: &FaceRequest, timeout: Duration) -> Result<FaceOutcome, Reason> {
        person::verify_face(self, request, timeout).await
    }

    async fn accept_visual(&mut self) -> Result<(), Reason> {
        person::accept_visual(self).await
    }

    async fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut (dyn FnMut(Progress) + Send),
        timeout: Duration,
    ) -> Result<Outcome, Reason> {
        person::run_visit(self, plan, progress, timeout).await
    }

    async fn close_card(&mut self) -> CardUse {
        self.session_id = None;
        if let (Some(claim), Some(connection)) = (&self.claim, self.open_on.clone()) {
            let timeout = Duration::from_millis(self.options.calls.close_card_timeout_ms);
            let spent = card::close(&connection, claim.selector.clone(), timeout).await;
            self.apdu_count = self.apdu_count.saturating_add(spent.unwrap_or(0));
            // Not before the answer: where this call is dropped, the lease's own end closes the card.
            self.open_on = None;
        }
        CardUse {
            apdu_count: self.apdu_count,
        }
    }
}
