//! The one who leads a resource.

use std::sync::Arc;

use madoguchi_core::Reason;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::Resource;
use crate::port::Update;
use crate::table::{Current, Shared, encode};

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
    async fn publish(&mut self, mut state: R) -> Result<R, Reason> {
        self.attempted = self.attempted.checked_add(1).ok_or(Reason::Internal)?;
        let (sequence, at) = (self.attempted, self.shared.clock.now());
        state.stamp(sequence, at);
        let (id, terminal) = (state.id().to_owned(), state.is_terminal());
        let update = Update {
            kind: R::KIND,
            id,
            sequence,
            terminal,
            body: encode(&state)?,
            at,
        };
        self.shared.store.update(update).await?;
        self.sender.send_replace(Some(Arc::new(state.clone())));
        Ok(state)
    }

    /// Ends what nobody leads any more.
    async fn abandon(mut self, last: R) {
        let id = last.id().to_owned();
        let ended = (self.shared.abandon)(last);
        if let Err(reason) = self.publish(ended).await {
            tracing::warn!(
                kind = R::KIND,
                id,
                reason = reason.code(),
                "an abandoned resource stays open"
            );
        }
        self.shared.live(|live| live.remove(&id));
    }
}

impl<R: Resource> Drop for Publisher<R> {
    fn drop(&mut self) {
        // Without a runtime the process is ending: what is left open is ended at the next start.
        let Ok(runtime) = Handle::try_current() else {
            return self.leave();
        };
        if let Some(lead) = self.lead.take() {
            runtime.spawn(lead.abandon(self.last.clone()));
        }
    }
}
