//! After the visit: the screen says how it ended and reminds of a card that was left, until it is out.
//!
//! The reader is held meanwhile: the next patient's visit waits for it, so that nobody's card is taken for somebody
//! else's.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_core::reader::{AWAY, Lease, Lies, Readers, State};
use madoguchi_core::screen::{Page, Screen};
use madoguchi_core::{ReaderId, Reason};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::LEASE_WAIT;
use super::marks::{Mark, Marks};
use crate::steps::card_leaves;

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
    /// Readers on which a card lies that a visit before has read: it is not the next patient's.
    pub(crate) left: Marks,
    /// Screens that a visit has given back for a moment, and to which it comes back: nobody else's pages belong there.
    pub(crate) aside: Marks,
}

/// Where the patient's card is.
pub(super) enum Card {
    OnPanel,
    /// Its owner holds it and needs no reminder.
    PhoneOnPanel,
    Beside(Box<dyn Lease>),
    /// On a reader that was given back, and is marked.
    Left(Mark),
    /// Perhaps on the reader with the screen, which was lost.
    Lost(ReaderId),
}

/// The reader with the screen.
pub(super) enum Panel {
    Held(Box<dyn Lease>),
    /// It is not held: it was lost, or given back for the reader beside it, with which it cannot work side by side.
    Aside(Mark),
}

/// A visit that is over.
pub(super) struct Leaving {
    pub(super) readers: Arc<dyn Readers>,
    pub(super) panel: Panel,
    pub(super) card: Option<Card>,
    pub(super) farewell: Farewell,
    pub(super) language: String,
    pub(super) left: Marks,
}

impl Farewells {
    pub(super) fn begin(&self, leaving: Leaving) {
        self.run(leaving.run());
    }

    /// Holds a reader until what lies there has left.
    pub(super) fn until_lifted(&self, mut lease: Box<dyn Lease>) {
        let mark = self.left.mark(lease.reader_id());
        self.run(async move {
            lease.close_card().await;
            lease.wait_for_removal().await;
            // Whoever finds the reader free may use what lies on it.
            drop(mark);
            drop(lease);
        });
    }

    /// Keeps a mark until what lies there has left.
    pub(super) fn until_gone(&self, readers: Arc<dyn Readers>, mark: Mark) {
        self.run(async move { card_leaves(&*readers, mark.reader_id()).await });
    }

    /// Runs that beside the visits until it is through or everything ends.
    pub(crate) fn run(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Outside of a runtime the process ends, and the drivers with it.
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = work => {}
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
    async fn run(self) {
        let Self {
            readers,
            panel,
            mut card,
            farewell,
            language,
            left,
        } = self;
        let last = match farewell {
            Farewell::Idle => None,
            Farewell::Completed => Some(Page::Completed),
            Farewell::Failed => Some(Page::Failed),
        };
        let panel = match panel {
            Panel::Held(lease) => lease,
            Panel::Aside(aside) => {
                // The reader beside it has to be given back first.
                card = match card {
                    Some(Card::Beside(mut beside)) => {
                        beside.close_card().await;
                        Some(Card::Left(left.mark(beside.reader_id())))
                    }
                    card => card,
                };
                match tokio::time::timeout(AWAY, take_again(&*readers, aside.reader_id())).await {
                    Ok(Some(lease)) => lease,
                    Ok(None) | Err(_) => {
                        // Nobody can be reminded; the card is not the next patient's for that.
                        if let Some(Card::Left(mark)) = card {
                            card_leaves(&*readers, mark.reader_id()).await;
                        }
                        return;
                    }
                }
            }
        };
        let mut screen = LastScreen {
            panel,
            language,
            left,
        };
        match card.take() {
            Some(Card::OnPanel) => {
                screen.panel.close_card().await;
                if !is_out(&mut *screen.panel).await {
                    screen.ask_back(&*readers, None).await;
                }
            }
            Some(Card::Beside(mut beside)) => {
                beside.close_card().await;
                if !is_out(&mut *beside).await {
                    screen.ask_back(&*readers, Some(beside)).await;
                }
            }
            Some(Card::Left(mark)) => screen.ask_back_from(&*readers, mark.reader_id()).await,
            Some(Card::Lost(id)) => screen.ask_back_from(&*readers, &id).await,
            Some(Card::PhoneOnPanel) => {
                screen.panel.close_card().await;
                screen.show(last.clone().unwrap_or(Page::Idle)).await;
                screen.panel.wait_for_removal().await;
            }
            None => {}
        }
        let Some(last) = last else {
            screen.show(Page::Idle).await;
            return;
        };
        screen.show(last).await;
        let LastScreen {
            panel,
            language,
            left,
        } = screen;
        let id = panel.reader_id().clone();
        // Whoever comes next need not wait for the page to be read.
        drop(panel);
        tokio::time::sleep(STAYS).await;
        if let Ok(panel) = readers.lease(&id, Duration::ZERO).await {
            LastScreen {
                panel,
                language,
                left,
            }
            .show(Page::Idle)
            .await;
        }
    }
}

/// The screen after the visit, in the patient's language.
struct LastScreen {
    panel: Box<dyn Lease>,
    language: String,
    left: Marks,
}

impl LastScreen {
    /// Asks the card back until it is out; again where the screen was away meanwhile.
    async fn ask_back(&mut self, readers: &dyn Readers, mut beside: Option<Box<dyn Lease>>) {
        let lies_on = match &beside {
            Some(beside) => beside.reader_id(),
            None => self.panel.reader_id(),
        };
        let _left = self.left.mark(lies_on);
        loop {
            self.show(Page::TakeCard).await;
            let id = self.panel.reader_id().clone();
            let lease = match &mut beside {
                Some(beside) => &mut **beside,
                None => &mut *self.panel,
            };
            tokio::select! {
                biased;
                () = lease.wait_for_removal() => return,
                () = was_away(readers, &id) => {}
            }
        }
    }

    /// The same from a reader that is not held.
    async fn ask_back_from(&mut self, readers: &dyn Readers, id: &ReaderId) {
        if may_lie_on(readers, id) {
            let _left = self.left.mark(id);
            self.show(Page::TakeCard).await;
            card_leaves(readers, id).await;
        }
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

/// Takes the reader as soon as it can be had; `None` where somebody else has it already.
async fn take_again(readers: &dyn Readers, id: &ReaderId) -> Option<Box<dyn Lease>> {
    let mut snapshots = readers.watch();
    while snapshots.next().await.is_some() {
        match readers.lease(id, LEASE_WAIT).await {
            Ok(lease) => return Some(lease),
            Err(Reason::ReaderBusy) => return None,
            // What changes it is told by the next snapshot.
            Err(_) => {}
        }
    }
    None
}

/// Waits until the reader was away and is back.
async fn was_away(readers: &dyn Readers, id: &ReaderId) {
    let mut snapshots = readers.watch();
    let mut away = false;
    while let Some(snapshot) = snapshots.next().await {
        let mut found = snapshot.readers.iter();
        let here = found.any(|reader| reader.id == *id && reader.state != State::Unavailable);
        if here && away {
            return;
        }
        away = !here;
    }
    std::future::pending::<()>().await;
}

/// Whether something lies on the reader, as far as anybody can tell.
pub(super) fn may_lie_on(readers: &dyn Readers, id: &ReaderId) -> bool {
    let snapshot = readers.snapshot();
    Lies::on(snapshot.readers.iter().find(|reader| reader.id == *id)) != Lies::Gone
}

/// Whether the card has left the reader already.
async fn is_out(lease: &mut dyn Lease) -> bool {
    tokio::time::timeout(Duration::ZERO, lease.wait_for_removal())
        .await
        .is_ok()
}
