//! All resources of one kind.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use madoguchi_core::{CallerId, Clock, Reason, RequestId};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};

use crate::port::{Inserted, NewRow, ResourceStore, Row, Update};
use crate::updates::{self, Updates};
use crate::{Publisher, Resource};

/// How much a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Resources that may be under way at once.
    pub max_live: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_live: 1_000 }
    }
}

/// Who asks to start something, and what: what makes a repetition recognisable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who.
    pub caller: CallerId,
    /// The caller's name for the request.
    pub request_id: RequestId,
    /// What was asked, in short: the same request has the same fingerprint.
    pub fingerprint: String,
}

/// What became of a start.
#[derive(Debug)]
#[must_use]
pub enum Started<R: Resource> {
    /// It exists now; whoever holds the publisher leads it.
    New(Publisher<R>),
    /// The same request made it before.
    Existing(R),
}

/// All resources of one kind. Cheap to clone.
pub struct Table<R: Resource> {
    shared: Arc<Shared<R>>,
}

impl<R: Resource> Clone for Table<R> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<R: Resource> std::fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("kind", &R::KIND)
            .finish_non_exhaustive()
    }
}

/// The state of a live resource; `None` until its first state is on disk.
pub(crate) type Current<R> = Option<Arc<R>>;

pub(crate) struct Shared<R: Resource> {
    pub(crate) store: Arc<dyn ResourceStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The owner's way to end what nobody leads any more.
    pub(crate) abandon: Box<dyn Fn(R) -> R + Send + Sync>,
    permits: Arc<Semaphore>,
    #[expect(
        clippy::disallowed_types,
        reason = "a publisher leaves the map in its drop, where nothing can be awaited; held for one look-up only"
    )]
    live: std::sync::Mutex<HashMap<String, watch::Receiver<Current<R>>>>,
}

impl<R: Resource> Shared<R> {
    pub(crate) fn live<T>(
        &self,
        work: impl FnOnce(&mut HashMap<String, watch::Receiver<Current<R>>>) -> T,
    ) -> T {
        work(&mut self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<R: Resource> Table<R> {
    /// Opens the table. What an earlier process left open is ended by `abandon`, which turns any state into a
    /// terminal one, before anything is served; so is, later, what its publisher leaves open.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    pub async fn open(
        options: &Options,
        store: Arc<dyn ResourceStore>,
        clock: Arc<dyn Clock>,
        abandon: impl Fn(R) -> R + Send + Sync + 'static,
    ) -> Result<Self, Reason> {
        let max_live = usize::try_from(options.max_live).unwrap_or(Semaphore::MAX_PERMITS);
        let shared = Shared {
            store,
            clock,
            abandon: Box::new(abandon),
            permits: Arc::new(Semaphore::new(max_live.min(Semaphore::MAX_PERMITS))),
            live: Default::default(),
        };
        let table = Self {
            shared: Arc::new(shared),
        };
        for row in table.shared.store.list_open(R::KIND).await? {
            table.recover(row).await?;
        }
        Ok(table)
    }

    async fn recover(&self, row: Row) -> Result<(), Reason> {
        let (sequence, at) = (row.sequence.saturating_add(1), self.shared.clock.now());
        let (body, ending) = match decode::<R>(&row) {
            Ok(left_open) => {
                let mut ended = (self.shared.abandon)(left_open);
                ended.stamp(sequence, at);
                (encode(&ended)?, Some(ended.ending()))
            }
            // What nobody can read must not keep the gateway from starting, now and at every later start.
            Err(_) => {
                tracing::error!(
                    kind = R::KIND,
                    id = row.id,
                    "a resource left open cannot be read; it is closed"
                );
                (row.body, None)
            }
        };
        tracing::info!(
            kind = R::KIND,
            id = row.id,
            sequence,
            "ended what an earlier process left open"
        );
        let update = Update {
            kind: R::KIND,
            id: row.id,
            sequence,
            terminal: true,
            body,
            at,
            ending,
        };
        self.shared.store.update(update).await
    }

    /// Finds what the same request started before, so that its repetition needs nothing that the first one holds.
    ///
    /// # Errors
    /// [`Reason::RequestIdReused`] where the request id came with another fingerprint; [`Reason::StoreUnavailable`].
    pub async fn find(&self, request: &Request) -> Result<Option<R>, Reason> {
        match self
            .shared
            .store
            .find(R::KIND, &request.caller, &request.request_id)
            .await?
        {
            None => Ok(None),
            Some((id, fingerprint)) if fingerprint == request.fingerprint => self.get(&id).await.map(Some),
            Some(_) => Err(Reason::RequestIdReused),
        }
    }

    /// Starts a resource, or finds the one that the same request started before.
    ///
    /// # Errors
    /// [`Reason::RequestIdReused`] where the request id came with another fingerprint; [`Reason::Overloaded`];
    /// [`Reason::StoreUnavailable`].
    pub async fn start(&self, request: Request, mut resource: R) -> Result<Started<R>, Reason> {
        let permit = Arc::clone(&self.shared.permits)
            .try_acquire_owned()
            .map_err(|_| Reason::Overloaded)?;
        let at = self.shared.clock.now();
        resource.stamp(1, at);
        let row = NewRow {
            kind: R::KIND,
            id: resource.id().to_owned(),
            caller: request.caller,
            request_id: request.request_id,
            fingerprint: request.fingerprint.clone(),
            counter_id: resource.counter_id().clone(),
            sequence: 1,
            terminal: resource.is_terminal(),
            body: encode(&resource)?,
            at,
            beginning: resource.beginning(),
        };
        // Entered before it is on disk, so that whoever hears its id from a repeated request finds it.
        let mut publisher = Publisher::enter(Arc::clone(&self.shared), resource, permit);
        match self.shared.store.insert(row).await {
            Ok(Inserted::New) => {
                publisher.show_first();
                Ok(Started::New(publisher))
            }
            Ok(Inserted::Existing { id, fingerprint }) => {
                publisher.withdraw();
                if fingerprint == request.fingerprint {
                    self.get(&id).await.map(Started::Existing)
                } else {
                    Err(Reason::RequestIdReused)
                }
            }
            // The publisher's drop sees to it that nothing half-started stays open.
            Err(reason) => Err(reason),
        }
    }

    /// The current state.
    ///
    /// # Errors
    /// [`Resource::NOT_FOUND`]; [`Reason::StoreUnavailable`].
    pub async fn get(&self, id: &str) -> Result<R, Reason> {
        if let Some(mut live) = self.receiver(id) {
            let current = live
                .wait_for(Option::is_some)
                .await
                .ok()
                .and_then(|current| current.clone());
            if let Some(current) = current {
                return Ok(R::clone(&current));
            }
        }
        self.stored(id).await
    }

    /// The current state at once, unless `after_sequence` says that the caller has it and more will follow; then each
    /// change, or the latest of several; the terminal state last.
    ///
    /// # Errors
    /// [`Reason::SequenceUnknown`] where `after_sequence` is ahead of what has happened; [`Resource::NOT_FOUND`];
    /// [`Reason::StoreUnavailable`].
    pub async fn watch(&self, id: &str, after_sequence: Option<u64>) -> Result<Updates<R>, Reason> {
        let live = self.receiver(id);
        let current = self.get(id).await?;
        if after_sequence.is_some_and(|after| after > current.sequence()) {
            return Err(Reason::SequenceUnknown);
        }
        Ok(match live {
            Some(live) if !current.is_terminal() => updates::follow(live, after_sequence.unwrap_or_default()),
            _ => updates::only(current),
        })
    }

    /// How many are under way.
    #[must_use]
    pub fn live_count(&self) -> usize {
        self.shared.live(|live| live.len())
    }

    fn receiver(&self, id: &str) -> Option<watch::Receiver<Current<R>>> {
        self.shared.live(|live| live.get(id).cloned())
    }

    async fn stored(&self, id: &str) -> Result<R, Reason> {
        decode(&self.shared.store.get(R::KIND, id).await?.ok_or(R::NOT_FOUND)?)
    }
}

pub(crate) fn encode<R: Resource>(resource: &R) -> Result<Vec<u8>, Reason> {
    serde_json::to_vec(resource).map_err(|_| {
        tracing::error!(kind = R::KIND, id = resource.id(), "a resource has no JSON form");
        Reason::Internal
    })
}

fn decode<R: Resource>(row: &Row) -> Result<R, Reason> {
    // The error may quote what it read, which is personal data: it is not logged.
    serde_json::from_slice(&row.body).map_err(|_| {
        tracing::error!(kind = R::KIND, id = row.id, "a stored resource cannot be read");
        Reason::Internal
    })
}
