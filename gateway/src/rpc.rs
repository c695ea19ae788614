//! The RPC edge: wire types become domain types here, all wrong fields at once, and back.

pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod certificate;
pub(crate) mod checkin;
pub(crate) mod consent;
pub(crate) mod deferral;
pub(crate) mod disclosure;
pub(crate) mod eligibility;
pub(crate) mod evidence;
pub(crate) mod fallback;
mod fields;
pub(crate) mod gateway;
pub(crate) mod paced;
pub(crate) mod reader;
pub(crate) mod status;
mod submissions;
pub(crate) mod usage;
pub(crate) mod wire;

use std::time::Duration;

use madoguchi_core::{Reason, Refusal};

/// Does it to its end, whoever gives up waiting: what is kept, what holds and what is recorded stay one, and whoever asks
/// again with the same words finds it.
async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(Reason::Internal.into()))
}

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
