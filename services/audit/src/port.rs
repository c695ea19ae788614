//! What the audit log needs of a database.

use async_trait::async_trait;
use madoguchi_core::audit::{Entry, Event};
use madoguchi_core::{EventId, InstanceId, Reason};
use time::OffsetDateTime;

use crate::{Checkpoint, Head, Segment};

/// An event that is to be appended once, however often it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its name, which is no part of the chain.
    pub id: EventId,
    /// When it was told.
    pub at: OffsetDateTime,
    /// What happened.
    pub event: Event,
}

impl Told {
    /// An event that is told now.
    #[must_use]
    pub fn new(at: OffsetDateTime, event: Event) -> Self {
        Self {
            id: EventId::generate(),
            at,
            event,
        }
    }
}

/// Port: keeps the chain. The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait EntryStore: Send + Sync + 'static {
    /// Appends one event with [`crate::link`], reading the head and writing the entry in one transaction, so that
    /// concurrent appends never fork the chain. When it returns, the entry survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn append(&self, recorded_at: OffsetDateTime, event: Event) -> Result<Entry, Reason>;

    /// Appends several events in this order, all or none; those that the chain has already, by their ids, are passed over.
    /// Hence it may be called again where nobody knows whether it was done.
    ///
    /// # Errors
    /// As [`EntryStore::append`].
    async fn append_once(&self, all: Vec<Told>) -> Result<(), Reason>;

    /// At most `limit` entries after that number (0: from the start), in order. Those that have left the database are
    /// passed over.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn entries(&self, after: u64, limit: u32) -> Result<Vec<Entry>, Reason>;

    /// The last entry, also where it has left the database; nothing before the first.
    ///
    /// # Errors
    /// As [`EntryStore::entries`].
    async fn head(&self) -> Result<Option<Head>, Reason>;
}

/// Port: keeps what is known about the chain.
#[async_trait]
pub trait ChainStore: EntryStore {
    /// Whose chain it is: the name that it has, or this one from now on.
    ///
    /// # Errors
    /// As [`EntryStore::append`].
    async fn instance(&self, new: InstanceId) -> Result<InstanceId, Reason>;

    /// Keeps a checkpoint. When it returns, it survives a crash.
    ///
    /// # Errors
    /// As [`EntryStore::append`].
    async fn keep_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), Reason>;

    /// At most `limit` checkpoints of a later entry than that one, in the order of their entries, and of one entry in that of
    /// their making. With the last of them come all others of its entry, so that a reader may go on behind it.
    ///
    /// # Errors
    /// As [`EntryStore::entries`].
    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<Checkpoint>, Reason>;

    /// The checkpoint of the latest entry, and of that entry the last.
    ///
    /// # Errors
    /// As [`EntryStore::entries`].
    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, Reason>;

    /// Keeps a sealed segment, and its seal as a checkpoint.
    ///
    /// # Errors
    /// As [`EntryStore::append`]; [`Reason::Internal`] where it does not follow the one before.
    async fn seal(&self, segment: Segment) -> Result<(), Reason>;

    /// At most `limit` sealed segments after that number, in order.
    ///
    /// # Errors
    /// As [`EntryStore::entries`].
    async fn segments(&self, after: u64, limit: u32) -> Result<Vec<Segment>, Reason>;

    /// The segment that was sealed last.
    ///
    /// # Errors
    /// As [`EntryStore::entries`].
    async fn last_segment(&self) -> Result<Option<Segment>, Reason>;

    /// Notes that a segment's file is on disk. What was noted stays.
    ///
    /// # Errors
    /// As [`EntryStore::append`].
    async fn note_file(&self, number: u64, sha256: String) -> Result<(), Reason>;

    /// Removes the entries of a segment whose file is noted, and says how many; none of any other segment.
    ///
    /// # Errors
    /// As [`EntryStore::append`].
    async fn forget(&self, number: u64) -> Result<u64, Reason>;
}
