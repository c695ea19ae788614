//! After the visit: the screen says how it ended and reminds of a card that was left, until it is out.
//!
//! The reader is held meanwhile: the next patient's visit waits for it, so that nobody's card is taken for somebody
//! else's.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::reader::{Lease, Readers};
use madoguchi_core::screen::{Page, Screen};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long showing a page may take; none of them waits for a person.
const SHOWING: Duration = Duration::from_secs(2);
/// How long the last page stays before the reader welcomes the next patient.
const STAYS: Duration = Duration::from_secs(4);

/// What the screen says when a visit is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// Welcome, as if nothing had been.
    Idle,
    /// Reception is complete.
    Completed,
    /// Please go to the counter.
    Failed,
}

/// The farewells under way. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Farewells {
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// Where the patient's card is.
pub(super) enum Card {
    OnPanel,
    Beside(Box<dyn Lease>),
}

/// A visit that is over.
pub(super) struct Leaving {
    pub(super) readers: Arc<dyn Readers>,
    pub(super) panel: Box<dyn Lease>,
    pub(super) card: Option<Card>,
    pub(super) farewell: Farewell,
    pub(super) language: String,
}

impl Farewells {
    pub(super) fn begin(&self, leaving: Leaving) {
        // Outside of a runtime the process ends, and the drivers with it.
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = leaving.run() => {}
            }
        });
    }

    /// Ends them all and waits until the readers are given back.
    pub(crate) async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Leaving {
    async fn run(mut self) {
        let last = match self.farewell {
            Farewell::Idle => None,
            Farewell::Completed => Some(Page::Completed),
            Farewell::Failed => Some(Page::Failed),
        };
        match self.card.take() {
            Some(Card::OnPanel) => {
                self.panel.close_card().await;
                if self.lies_there().await {
                    self.show(Page::TakeCard).await;
                    self.panel.wait_for_removal().await;
                }
            }
            Some(Card::Beside(mut beside)) => {
                beside.close_card().await;
                if !is_out(&mut *beside).await {
                    self.show(Page::TakeCard).await;
                    beside.wait_for_removal().await;
                }
            }
            None => {}
        }
        let Some(last) = last else {
            self.show(Page::Idle).await;
            return;
        };
        self.show(last).await;
        let Self {
            readers,
            panel,
            language,
            ..
        } = self;
        let id = panel.reader_id().clone();
        // Whoever comes next need not wait for the page to be read.
        drop(panel);
        tokio::time::sleep(STAYS).await;
        if let Ok(mut panel) = readers.lease(&id, Duration::ZERO).await {
            let page = Page::Idle;
            let _ = panel.present(&Screen { page, language }, SHOWING).await;
        }
    }

    async fn lies_there(&mut self) -> bool {
        !is_out(&mut *self.panel).await
    }

    async fn show(&mut self, page: Page) {
        let screen = Screen {
            page,
            language: self.language.clone(),
        };
        if let Err(reason) = self.panel.present(&screen, SHOWING).await {
            tracing::debug!(reader = %self.panel.reader_id(), code = reason.code(), "a farewell was not shown");
        }
    }
}

/// Whether the card has left the reader already.
async fn is_out(lease: &mut dyn Lease) -> bool {
    tokio::time::timeout(Duration::ZERO, lease.wait_for_removal())
        .await
        .is_ok()
}
