//! The RPC edge: wire types become domain types here, all wrong fields at once, and back.

pub(crate) mod admin;
pub(crate) mod auth;
pub(crate) mod certificate;
pub(crate) mod checkin;
pub(crate) mod consent;
pub(crate) mod eligibility;
mod fields;
pub(crate) mod paced;
pub(crate) mod reader;
pub(crate) mod status;
mod submissions;
mod wire;

use std::time::Duration;

/// How long a visit may take, where the caller does not say, and at least and at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VisitTimes {
    /// Where the caller does not say.
    pub(crate) default: Duration,
    /// At most.
    pub(crate) max: Duration,
}

impl VisitTimes {
    /// The shortest visit that may be asked for.
    const MIN: Duration = Duration::from_secs(10);

    fn bounds(self) -> std::ops::RangeInclusive<Duration> {
        Self::MIN..=self.max
    }
}
