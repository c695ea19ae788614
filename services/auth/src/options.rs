//! How patient the workflow is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How patient the workflow is with people and readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Seconds that a card or phone is waited for.
    pub card_wait_seconds: u64,
    /// Seconds that a counter may be without any usable reader before the visit fails.
    pub reader_grace_seconds: u64,
    /// How often a card that cannot be read is tried before the visit fails.
    pub max_read_attempts: u32,
    /// How often a face is looked at before the next way to verify the person is taken.
    pub max_face_attempts: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            card_wait_seconds: 90,
            reader_grace_seconds: 5,
            max_read_attempts: 4,
            max_face_attempts: 2,
        }
    }
}

impl Options {
    pub(crate) fn card_wait(&self) -> Duration {
        Duration::from_secs(self.card_wait_seconds)
    }

    pub(crate) fn reader_grace(&self) -> Duration {
        Duration::from_secs(self.reader_grace_seconds)
    }
}
