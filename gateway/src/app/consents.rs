//! Consent ends by itself too: what is over is recorded when it is.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::consent::Consents;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether the time of an item is up. Data is cut by the time itself, each time it
/// is shown, and not by this.
const INTERVAL: Duration = Duration::from_secs(10);

/// Records what is over until the token says that the gateway shuts down.
pub(super) async fn tend(consents: Arc<dyn Consents>, ending: CancellationToken) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ending.cancelled() => return,
            _ = ticks.tick() => match consents.expire().await {
                Ok(expired) if expired.is_empty() => {}
                Ok(expired) => tracing::info!(items = expired.len(), "the time of consents is up"),
                Err(reason) => tracing::warn!(reason = reason.code(), "consents could not be looked through"),
            },
        }
    }
}
