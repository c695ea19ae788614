//! The visits under way: their mailboxes by id, their tasks, and how each may end.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_core::{ActionId, Reason, Refusal};
use madoguchi_session::{Resource, Table};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Submission;
use crate::mailbox::Slot;

/// How a visit's work came to its end.
#[derive(Debug)]
pub enum End<T> {
    /// It ran to its end.
    Ran(T),
    /// The caller called it off.
    Cancelled,
    /// The gateway shuts down.
    ShuttingDown,
    /// Its time was up.
    Expired,
}

/// The visits of one kind that are under way. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Live {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

#[derive(Debug, Default)]
struct Shared {
    #[expect(
        clippy::disallowed_types,
        reason = "entered by calls and left in a drop, where nothing can be awaited; held for one look-up only"
    )]
    slots: std::sync::Mutex<HashMap<String, Slot>>,
}

impl Shared {
    fn slots<T>(&self, work: impl FnOnce(&mut HashMap<String, Slot>) -> T) -> T {
        work(&mut self.slots.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Live {
    /// Enters a visit and runs its work on a task of its own.
    pub fn enter(&self, id: &str, slot: Slot, work: impl Future<Output = ()> + Send + 'static) {
        self.shared.slots(|slots| slots.insert(id.to_owned(), slot));
        let leave = Leave {
            shared: Arc::clone(&self.shared),
            id: id.to_owned(),
        };
        self.tasks.spawn(async move {
            let _leave = leave;
            work.await;
        });
    }

    /// Runs a visit's work until it ends, is called off, or its time is up.
    pub async fn bounded<T>(
        &self,
        cancel: CancellationToken,
        left: Duration,
        work: impl Future<Output = T>,
    ) -> End<T> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => End::Cancelled,
            () = self.shutdown.cancelled() => End::ShuttingDown,
            result = work => End::Ran(result),
            () = tokio::time::sleep(left) => End::Expired,
        }
    }

    /// Hands a submission to a visit and says how it stands then.
    ///
    /// # Errors
    /// [`Reason::ActionNotPending`], a field violation, [`Resource::NOT_FOUND`], [`Reason::StoreUnavailable`].
    pub async fn submit<R: Resource>(
        &self,
        table: &Table<R>,
        id: &str,
        action_id: ActionId,
        submission: Submission,
    ) -> Result<R, Refusal> {
        match self.slot(id) {
            Some(slot) => slot.submit(action_id, submission).await?,
            None => {
                // One that is not known at all is another refusal.
                table.get(id).await?;
                return Err(Reason::ActionNotPending.into());
            }
        }
        Ok(table.get(id).await?)
    }

    /// Calls a visit off and waits for its end; one that ended stays as it is.
    ///
    /// # Errors
    /// [`Resource::NOT_FOUND`], [`Reason::StoreUnavailable`].
    pub async fn cancel<R: Resource>(&self, table: &Table<R>, id: &str) -> Result<R, Refusal> {
        if let Some(slot) = self.slot(id) {
            slot.cancel();
            let mut updates = table.watch(id, None).await?;
            while let Some(state) = updates.next().await {
                if state.is_terminal() {
                    return Ok(state);
                }
            }
        }
        Ok(table.get(id).await?)
    }

    fn slot(&self, id: &str) -> Option<Slot> {
        self.shared.slots(|slots| slots.get(id).cloned())
    }

    /// Whether new visits may begin.
    ///
    /// # Errors
    /// [`Reason::GatewayShuttingDown`].
    pub fn check_open(&self) -> Result<(), Refusal> {
        if self.shutdown.is_cancelled() {
            Err(Reason::GatewayShuttingDown.into())
        } else {
            Ok(())
        }
    }

    /// Ends every visit and waits until the last has said so.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

struct Leave {
    shared: Arc<Shared>,
    id: String,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.shared.slots(|slots| slots.remove(&self.id));
    }
}
