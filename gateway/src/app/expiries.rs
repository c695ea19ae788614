//! What expires is looked after: roots are warned of in time, and the outlook forgets what is long over.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Clock;
use madoguchi_core::certificate::Certificates;
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::outlook::Outlook;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::trust;

/// How often it is looked: once a day, and at the start.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Looks after what expires.
pub(super) struct Expiries {
    pub(super) certificates: Arc<dyn Certificates>,
    pub(super) outlook: Arc<dyn Outlook>,
    /// How long the outlook remembers what serves for nothing any more.
    pub(super) retention: time::Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl Expiries {
    /// Looks again and again until the gateway shuts down.
    pub(super) async fn run(self, ending: CancellationToken) {
        let mut ticks = interval_at(Instant::now(), INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => return,
                _ = ticks.tick() => self.look().await,
            }
        }
    }

    async fn look(&self) {
        let now = self.clock.now();
        trust::warn(&self.certificates.anchors(now));
        let Some(day) = day_in_japan(now).checked_sub(self.retention) else {
            return;
        };
        match self.outlook.forget_before(day).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "certificates that are long over left the expiry outlook"),
            Err(reason) => tracing::error!(reason = reason.code(), "the expiry outlook could not be cleared"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_certificate::{Anchors, MemoryOutlook, Verifier, contract};
    use madoguchi_core::Medium;
    use madoguchi_core::clock::SystemClock;
    use madoguchi_core::outlook::{Sighting, Window};

    #[tokio::test]
    async fn the_outlook_forgets_what_is_over_for_longer_than_configured() {
        let outlook = Arc::new(MemoryOutlook::default());
        let today = day_in_japan(SystemClock.now());
        for (digit, days_ago) in [('a', 31), ('b', 30), ('c', -1)] {
            let day = today - time::Duration::days(days_ago);
            let sighting = Sighting {
                card_key: contract::card(digit),
                medium: Medium::Card,
                not_after: day,
                good_until: day,
                seen_on: day,
            };
            outlook.record(sighting).await.unwrap();
        }
        let expiries = Expiries {
            certificates: Arc::new(Verifier::new(Anchors::default())),
            outlook: outlook.clone(),
            retention: time::Duration::days(30),
            clock: Arc::new(SystemClock),
        };
        expiries.look().await;
        let window = Window {
            today,
            from: today - time::Duration::days(60),
            to: today + time::Duration::days(60),
            after: None,
            limit: 10,
        };
        let left = outlook.expiring(&window).await.unwrap();
        let keys: Vec<_> = left.into_iter().map(|one| one.card_key).collect();
        assert_eq!(keys, ['b', 'c'].map(contract::card));
    }
}
