//! What parent and child tell each other: one JSON object a line.

use serde::{Deserialize, Serialize};

use crate::hands::{Deed, Refusal, Seen, Skill};
use crate::report::{Device, Verdict};

/// The first line to the child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) library: std::path::PathBuf,
    pub(crate) settings: String,
    pub(crate) id: String,
    pub(crate) maker: String,
    pub(crate) version: String,
    pub(crate) abi: u32,
    pub(crate) selector: Option<String>,
    pub(crate) skills: Vec<Skill>,
    /// How long whoever acts on the device may take.
    pub(crate) patience_ms: u64,
    /// The rules to try, in this order.
    pub(crate) rules: Vec<String>,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Up {
    /// The driver did not start.
    NotLoaded(String),
    /// The reader that the rules are tried on.
    Device(Device),
    /// A rule begins.
    Begins(String),
    /// Somebody with hands shall do that.
    Do(Deed),
    /// A rule ended.
    Ended {
        id: String,
        verdict: Verdict,
        millis: u64,
    },
}

/// To the child, after [`Up::Do`].
pub(crate) type Down = Result<Seen, Refusal>;
