//! Whether a process still turns.

use std::future::Future;
use std::time::Duration;

use madoguchi_proto::driverhost::v1::GetStatusRequest;
use tokio::time::MissedTickBehavior;

use crate::Options;
use crate::connection::Connection;

/// Asks each interval; returns when an answer failed to come, or when the driver's own thread does not come back.
pub(super) async fn until_ill<F>(connection: &Connection, options: &Options, measured: impl Fn(u64) -> F)
where
    F: Future<Output = ()>,
{
    let timeout = Duration::from_millis(options.health_timeout_ms);
    let mut ticks = tokio::time::interval(Duration::from_millis(options.health_interval_ms.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut client = connection.client();
        match connection
            .call(timeout, client.get_status(GetStatusRequest {}))
            .await
        {
            Ok(status) if status.event_overdue_ms > options.health_timeout_ms => return,
            Ok(status) => measured(status.peak_memory_bytes).await,
            Err(_) => return,
        }
    }
}
