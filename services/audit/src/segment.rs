//! A part of the chain that is closed: it has a file of its own, and may leave the database one day.

use time::OffsetDateTime;

use crate::{Checkpoint, Head};

/// A sealed segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its number; the first is 1.
    pub number: u64,
    /// What its first entry follows; nothing for the first of all.
    pub previous: Option<Head>,
    /// The newest time in it.
    pub newest_at: OffsetDateTime,
    /// The statement of its end: the last line of its file.
    pub seal: Checkpoint,
    /// SHA-256 of its file in hexadecimal, once that is on disk.
    pub file_sha256: Option<String>,
    /// Whether its entries have left the database.
    pub forgotten: bool,
}

impl Segment {
    /// The number before its first entry.
    #[must_use]
    pub fn after(&self) -> u64 {
        self.previous.as_ref().map_or(0, |head| head.sequence)
    }

    /// The number of its last entry.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.seal.statement.sequence
    }

    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("audit-{:08}.jsonl", self.number)
    }
}
