//! The one who leads a resource.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Reason;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::Resource;
use crate::port::Update;
use crate::table::{Current, Shared, encode};

/// How soon an end that the disk did not take is tried again, at first and at the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Publishes the states of one resource; there is exactly one for each. Dropped before the terminal state, it ends
/// the resource through the table's `abandon` closure.
#[must_use]
pub struct Publisher<R: Resource> {
    // None only after the end.
    lead: Option<Lead<R>>,
    last: R,
}

struct Lead<R: Resource> {
    shared: Arc<Shared<R>>,
    sender: watch::Sender<Current<R>>,
    /// The last number that was tried: one whose outcome is not known is never used for another state.
    attempted: u64,
    _permit: OwnedSemaphorePermit,
}

impl<R: Resource> std::fmt::Debug for Publisher<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher")
            .field("kind", &R::KIND)
            .field("id", &self.last.id())
            .finish_non_exhaustive()
    }
}

impl<R: Resource> Publisher<R> {
    pub(crate) fn enter(shared: Arc<Shared<R>>, first: R, permit: OwnedSemaphorePermit) -> Self {
        let (sender, receiver) = watch::channel(None);
        shared.live(|live| live.insert(first.id().to_owned(), receiver));
        Self {
            lead: Some(Lead {
                shared,
                sender,
                attempted: first.sequence(),
                _permit: permit,
            }),
            last: first,
        }
    }

    pub(crate) fn show_first(&mut self) {
        if let Some(lead) = &self.lead {
            lead.sender.send_replace(Some(Arc::new(self.last.clone())));
        }
        if self.last.is_terminal() {
            self.leave();
        }
    }

    /// Undoes [`Publisher::enter`]: another request made the resource.
    pub(crate) fn withdraw(mut self) {
        self.leave();
    }

    fn leave(&mut self) {
        if let Some(lead) = self.lead.take() {
            lead.shared.live(|live| live.remove(self.last.id()));
        }
    }

    /// The last state that was published.
    #[must_use]
    pub fn current(&self) -> &R {
        &self.last
    }

    /// Ends the resource and says how it is shown to have ended: as `ended`, or, where the disk does not take that,
    /// as `instead` makes it; then the disk is tried again until it does.
    pub async fn finish(mut self, ended: R, instead: impl FnOnce(R) -> R) -> R {
        match self.lead.take() {
            Some(lead) => lead.end(ended, instead).await,
            None => self.last.clone(),
        }
    }

    /// Puts a new state on disk, then shows it. Its sequence and time are set here. After a terminal state the
    /// resource is out of memory, and its place in the table free.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`] or [`Reason::Overloaded`]: nobody has seen the state, it may be published again.
    /// [`Reason::Internal`] where it is another resource's or the resource has ended.
    pub async fn publish(&mut self, state: R) -> Result<R, Reason> {
        let lead = self.lead.as_mut().ok_or(Reason::Internal)?;
        if state.id() != self.last.id() {
            return Err(Reason::Internal);
        }
        self.last = lead.publish(state).await?;
        if self.last.is_terminal() {
            self.leave();
        }
        Ok(self.last.clone())
    }
}

impl<R: Resource> Lead<R> {
    async fn publish(&mut self, state: R) -> Result<R, Reason> {
        let state = self.stamped(state)?;
        self.keep(&state).await?;
        self.sender.send_replace(Some(Arc::new(state.clone())));
        Ok(state)
    }

    fn stamped(&mut self, mut state: R) -> Result<R, Reason> {
        self.attempted = self.attempted.checked_add(1).ok_or(Reason::Internal)?;
        state.stamp(self.attempted, self.shared.clock.now());
        Ok(state)
    }

    async fn keep(&self, state: &R) -> Result<(), Reason> {
        let update = Update {
            kind: R::KIND,
            id: state.id().to_owned(),
            sequence: state.sequence(),
            terminal: state.is_terminal(),
            body: encode(state)?,
            at: self.shared.clock.now(),
            ending: state.is_terminal().then(|| state.ending()),
        };
        self.shared.store.update(update).await
    }

    /// Ends the resource: on disk, then before everybody's eyes. Where the disk does not take it, it is shown all
    /// the same, as `instead` makes it, so that nobody waits for what cannot come; and the disk is tried again until
    /// it does.
    async fn end(mut self, ended: R, instead: impl FnOnce(R) -> R) -> R {
        match self.publish(ended.clone()).await {
            Ok(shown) => {
                self.leave(shown.id());
                shown
            }
            Err(reason) => {
                let id = ended.id().to_owned();
                tracing::warn!(
                    kind = R::KIND,
                    id,
                    reason = reason.code(),
                    "an end is not on disk yet"
                );
                let shown = instead(ended);
                let shown = self.stamped(shown.clone()).unwrap_or(shown);
                self.sender.send_replace(Some(Arc::new(shown.clone())));
                tokio::spawn(self.keep_trying(shown.clone()));
                shown
            }
        }
    }

    async fn keep_trying(self, ended: R) {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            match self.keep(&ended).await {
                // Internal: an attempt that seemed to fail did end it.
                Ok(()) | Err(Reason::Internal) => break,
                Err(_) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
        tracing::info!(kind = R::KIND, id = ended.id(), "an end is on disk now");
        self.leave(ended.id());
    }

    fn leave(&self, id: &str) {
        self.shared.live(|live| live.remove(id));
    }
}

impl<R: Resource> Drop for Publisher<R> {
    fn drop(&mut self) {
        // Without a runtime the process is ending: what is left open is ended at the next start.
        let Ok(runtime) = Handle::try_current() else {
            return self.leave();
        };
        if let Some(lead) = self.lead.take() {
            let ended = (lead.shared.abandon)(self.last.clone());
            runtime.spawn(lead.end(ended, |ended| ended));
        }
    }
}
