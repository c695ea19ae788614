//! The audit log.

use std::path::PathBuf;
use std::time::Duration;

use madoguchi_audit::{Options, Rules, WhenFull};
use serde::{Deserialize, Serialize};

use super::names::names;
use super::{Config, Problem};

/// Where the files of sealed segments lie unless the configuration says so: beside the database.
const FOLDER: &str = "audit";
/// What a segment may hold: a file that is examined in seconds.
const SEGMENT_ENTRIES: std::ops::RangeInclusive<u32> = 10..=1_000_000;

names! {
    /// What to do when the audit log cannot be written.
    FullChoice {
        /// What cannot be recorded is refused.
        FailClosed "fail-closed",
        /// It goes on, and the log says so later.
        GoOn "go-on",
    } "must be \"fail-closed\" or \"go-on\"";
}

/// The audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// A database of its own; the store's where it is not said.
    pub path: Option<PathBuf>,
    /// The folder of the sealed segments; beside the database where it is not said.
    pub folder: Option<PathBuf>,
    /// What to do when it cannot be written.
    pub when_full: FullChoice,
    /// Events that may wait in memory.
    pub max_waiting_events: u32,
    /// Entries after which a checkpoint is made.
    pub checkpoint_entries: u32,
    /// Minutes after which one is made where something is new.
    pub checkpoint_minutes: u32,
    /// Entries of a segment.
    pub segment_entries: u32,
    /// Days that entries stay in the database.
    pub retention_days: u32,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            path: None,
            folder: None,
            when_full: FullChoice::FailClosed,
            max_waiting_events: 10_000,
            checkpoint_entries: 1_000,
            checkpoint_minutes: 10,
            segment_entries: 10_000,
            retention_days: 400,
        }
    }
}

impl Audit {
    /// How the log behaves.
    pub(crate) fn options(&self) -> Options {
        Options {
            when_full: match self.when_full {
                FullChoice::FailClosed => WhenFull::FailClosed,
                FullChoice::GoOn => WhenFull::GoOn,
            },
            max_waiting: self.max_waiting_events,
            ..Options::default()
        }
    }

    /// When checkpoints and segments are due.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            checkpoint_entries: self.checkpoint_entries.into(),
            checkpoint_interval: Duration::from_secs(60 * u64::from(self.checkpoint_minutes)),
            segment_entries: self.segment_entries.into(),
            retention: time::Duration::days(self.retention_days.into()),
        }
    }

    pub(super) fn check(&self) -> Result<(), Problem> {
        let positive = [
            ("audit.max_waiting_events", self.max_waiting_events),
            ("audit.checkpoint_entries", self.checkpoint_entries),
            ("audit.checkpoint_minutes", self.checkpoint_minutes),
            ("audit.retention_days", self.retention_days),
        ];
        if let Some((key, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(Problem::value(key, "must be 1 or more"));
        }
        if !SEGMENT_ENTRIES.contains(&self.segment_entries) {
            let (from, to) = SEGMENT_ENTRIES.into_inner();
            return Err(Problem::value(
                "audit.segment_entries",
                format!("must be {from} to {to}"),
            ));
        }
        Ok(())
    }
}

impl Config {
    /// The folder of the sealed segments.
    pub(crate) fn audit_folder(&self) -> PathBuf {
        let database = self.audit.path.as_ref().unwrap_or(&self.store.path);
        let beside = || database.with_file_name(FOLDER);
        self.audit.folder.clone().unwrap_or_else(beside)
    }
}
