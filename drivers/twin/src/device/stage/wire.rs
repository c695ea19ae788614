//! A stage on a line: one JSON object a line, one answer each, in order.

use serde::{Deserialize, Serialize};

use super::{Act, State};
use crate::device::Refused;

/// The longest line. A state with all its pages is a tenth of it.
pub(super) const MAX_LINE_LEN: u64 = 256 * 1_024;
/// The longest wait for a change; who wants more asks again.
pub(super) const MAX_WATCH_MS: u64 = 60_000;

/// What is asked.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::device) enum Request {
    Act(Act),
    Watch { after: u64, timeout_ms: u64 },
}

/// What is answered.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Response {
    State(Box<State>),
    Refused(Refused),
    /// The line is no request; what is wrong with it.
    Malformed(String),
}
