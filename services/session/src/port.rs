//! What a table needs of a database.

use std::fmt;

use async_trait::async_trait;
use madoguchi_core::audit::Event;
use madoguchi_core::evidence::Evidence;
use madoguchi_core::{CallerId, CounterId, Reason, RequestId};
use madoguchi_usage::Check;
use time::OffsetDateTime;

/// A resource to be kept for the first time.
#[derive(Clone)]
pub struct NewRow {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub id: String,
    /// Who asked for it.
    pub caller: CallerId,
    /// The caller's name for the request.
    pub request_id: RequestId,
    /// What was asked, in short: the same request has the same fingerprint.
    pub fingerprint: String,
    /// Where it happens.
    pub counter_id: CounterId,
    /// The number of its state.
    pub sequence: u64,
    /// Whether it has ended already.
    pub terminal: bool,
    /// Its JSON. Personal data.
    pub body: Vec<u8>,
    /// When.
    pub at: OffsetDateTime,
    /// What auditors are told of its beginning, where they are: kept with the row, or neither is.
    pub beginning: Option<Event>,
}

/// A new state of a resource that is kept.
#[derive(Clone)]
pub struct Update {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub id: String,
    /// The number of the new state.
    pub sequence: u64,
    /// Whether it has ended.
    pub terminal: bool,
    /// Its JSON. Personal data.
    pub body: Vec<u8>,
    /// When.
    pub at: OffsetDateTime,
    /// What comes with its end, where it has ended: kept with the state, or neither is.
    pub ending: Option<Ending>,
}

/// What comes with the end of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// What auditors are told.
    pub event: Event,
    /// What the gateway vouches for.
    pub evidence: Option<Evidence>,
    /// What the usage report counts.
    pub check: Option<Check>,
}

/// A resource as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// The number of its state.
    pub sequence: u64,
    /// Whether it has ended.
    pub terminal: bool,
    /// Its JSON. Personal data.
    pub body: Vec<u8>,
}

/// What became of an insertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is kept now.
    New,
    /// The caller sent a request of this name before; nothing changed.
    Existing {
        /// The resource that the earlier request made.
        id: String,
        /// What the earlier request asked.
        fingerprint: String,
    },
}

/// Port: keeps resources until they are purged. When an insertion or an update returns, it survives a crash.
/// The module `contract` (feature `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait ResourceStore: Send + Sync + 'static {
    /// Keeps a resource, unless its caller used the request id for this kind before; what auditors are told of its
    /// beginning is appended to the audit chain in the same transaction.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn insert(&self, row: NewRow) -> Result<Inserted, Reason>;

    /// What the caller's request of that name made before, if anything: its id and fingerprint.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn find(
        &self,
        kind: &'static str,
        caller: &CallerId,
        request_id: &RequestId,
    ) -> Result<Option<(String, String)>, Reason>;

    /// Replaces the state of a resource by a later one; with its end, what auditors are told of it and its evidence
    /// are kept in the same transaction.
    ///
    /// # Errors
    /// [`Reason::Internal`] where it is not kept, has ended, or its state is not earlier;
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn update(&self, update: Update) -> Result<(), Reason>;

    /// The resource of that name.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, kind: &'static str, id: &str) -> Result<Option<Row>, Reason>;

    /// The resources that have not ended, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list_open(&self, kind: &'static str) -> Result<Vec<Row>, Reason>;

    /// Forgets, of every kind, what ended before that time, and says how many. It writes even where nothing is to be
    /// forgotten: that it succeeds says that the store can be written.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn purge_terminal_before(&self, time: OffsetDateTime) -> Result<u64, Reason>;
}

impl fmt::Debug for NewRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewRow")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Update");
        shown
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("sequence", &self.sequence);
        shown.finish_non_exhaustive()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("id", &self.id)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}
