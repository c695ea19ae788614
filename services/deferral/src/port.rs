//! What the service needs of a database.

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::deferral::{Deferral, Proof, State};
use madoguchi_core::eligibility::Answer;
use madoguchi_core::{CheckInId, DeferralId, EventId, Reason};
use madoguchi_usage::Check;
use time::OffsetDateTime;

/// How a check was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Anything but [`State::Open`].
    pub state: State,
    /// When.
    pub at: OffsetDateTime,
    /// Why, where the service did not answer it.
    pub reason: Option<Reason>,
    /// The answer, where it did.
    pub answer: Option<Answer>,
    /// What auditors are told of it: kept with it, or neither is.
    pub told: Event,
    /// What the usage report counts with it.
    pub check: Option<Check>,
}

/// Which checks to list: oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those after this one.
    pub after: Option<DeferralId>,
    /// At most so many.
    pub limit: u32,
}

/// Port: keeps checks that were put off. When a change returns, it survives a crash. The module `contract` (feature
/// `test-util`) says what every implementation keeps to.
#[async_trait]
pub trait DeferralStore: Send + Sync + 'static {
    /// Keeps a check, and in the same transaction what auditors are told of it, unless its visit has one already: then that
    /// one is returned and nothing changes.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] where `max_open` are open already; [`Reason::StoreUnavailable`].
    async fn put(
        &self,
        deferral: Deferral,
        proof: Proof,
        max_open: u32,
        told: Event,
    ) -> Result<Deferral, Reason>;

    /// The open checks to ask about next: those that were asked about least, and of these the oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn next(&self, limit: u32) -> Result<Vec<(Deferral, Proof)>, Reason>;

    /// Counts an attempt that settled nothing.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn attempted(&self, id: &DeferralId, reason: Reason) -> Result<(), Reason>;

    /// Settles an open check, with what comes with that, and forgets what the service would have been asked with. One that
    /// is settled already stays as it is and is returned with `false`; none where there is no such check.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn settle(
        &self,
        id: &DeferralId,
        settlement: Settlement,
    ) -> Result<Option<(Deferral, bool)>, Reason>;

    /// The check of that name.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn get(&self, id: &DeferralId) -> Result<Option<Deferral>, Reason>;

    /// The check of that visit.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn of_check_in(&self, id: &CheckInId) -> Result<Option<Deferral>, Reason>;

    /// Checks in the order of their making.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn list(&self, query: Query) -> Result<Vec<Deferral>, Reason>;

    /// Checks that were queued in that time, without their answers, oldest first.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn queued_between(&self, from: OffsetDateTime, to: OffsetDateTime)
    -> Result<Vec<Deferral>, Reason>;

    /// What auditors are to be told of checks and waits to be carried to an audit chain that is in another database, in its
    /// order.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn untold(&self) -> Result<Vec<CheckEvent>, Reason>;

    /// Forgets the answers of checks that were settled before that moment.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn forget_answers(&self, settled_before: OffsetDateTime) -> Result<(), Reason>;
}

/// What auditors are told of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckEvent {
    /// Under which name it was or will be told, where it waits to be carried or did: the same name is the same event.
    pub told: Option<EventId>,
    /// [`Action::EligibilityDeferred`] or [`Action::EligibilityReconciled`].
    pub action: Action,
    /// Which check.
    pub deferral_id: DeferralId,
}

impl CheckEvent {
    /// None where the event is about anything else.
    #[must_use]
    pub fn of(told: Option<EventId>, event: Event) -> Option<Self> {
        let (Action::EligibilityDeferred | Action::EligibilityReconciled) = event.action else {
            return None;
        };
        Some(Self {
            told,
            action: event.action,
            deferral_id: event.deferral_id?,
        })
    }
}

/// What the audit chain says of checks that were put off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Testimony {
    /// Since when it can say anything: older entries have left its database, or it was begun then. None where it is empty.
    pub since: Option<OffsetDateTime>,
    /// The events about such checks, in the order in which they happened.
    pub events: Vec<CheckEvent>,
}

/// Port: what the audit chain says of checks that were put off.
#[async_trait]
pub trait Witness: Send + Sync + 'static {
    /// What it says of the time since that moment.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn testimony(&self, from: OffsetDateTime) -> Result<Testimony, Reason>;
}
