//! What may be kept in a table.

use madoguchi_core::authentication::Authentication;
use madoguchi_core::check_in::CheckIn;
use madoguchi_core::{CounterId, Reason};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

/// A resource that changes until it ends.
pub trait Resource: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its kind, as the store names it.
    const KIND: &'static str;
    /// The reason where an id is not known.
    const NOT_FOUND: Reason;

    /// Its name.
    fn id(&self) -> &str;
    /// Where it happens.
    fn counter_id(&self) -> &CounterId;
    /// The number of its state: 1 at the start, rising with each publication.
    fn sequence(&self) -> u64;
    /// Whether nothing follows any more.
    fn is_terminal(&self) -> bool;
    /// Takes the number and the time of a new state; only the table calls it.
    fn stamp(&mut self, sequence: u64, updated_at: OffsetDateTime);
}

impl Resource for CheckIn {
    const KIND: &'static str = "check_in";
    const NOT_FOUND: Reason = Reason::CheckInNotFound;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn counter_id(&self) -> &CounterId {
        &self.counter_id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    fn stamp(&mut self, sequence: u64, updated_at: OffsetDateTime) {
        self.sequence = sequence;
        self.updated_at = updated_at;
    }
}

impl Resource for Authentication {
    const KIND: &'static str = "authentication";
    const NOT_FOUND: Reason = Reason::AuthenticationNotFound;

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn counter_id(&self) -> &CounterId {
        &self.counter_id
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn is_terminal(&self) -> bool {
        self.state.is_terminal()
    }

    fn stamp(&mut self, sequence: u64, updated_at: OffsetDateTime) {
        self.sequence = sequence;
        self.updated_at = updated_at;
    }
}
