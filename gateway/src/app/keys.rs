//! The gateway's own keys: opened at the start, looked after until the end.

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::Clock;
use madoguchi_keys::{KeyRing, PseudonymKey};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Problem};

/// How often it is looked whether a key is due, or another gateway of the site changed something.
const INTERVAL: Duration = Duration::from_secs(60);

/// The keys of this gateway.
pub(super) struct Keys {
    pub(super) ring: Arc<KeyRing>,
    pub(super) pseudonyms: Arc<PseudonymKey>,
}

/// Opens the keys; what is missing is made.
///
/// # Errors
/// [`Problem::Keys`].
pub(super) async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Keys, Problem> {
    let (directory, read_only) = (config.keys_directory(), config.keys.read_only);
    let rotation = config.keys.rotation();
    let opened = spawn_blocking(move || {
        let ring = KeyRing::open(&directory, read_only, rotation, clock)?;
        let pseudonyms = PseudonymKey::open(&directory, read_only)?;
        Ok::<_, madoguchi_keys::Error>((ring, pseudonyms))
    });
    let (ring, pseudonyms) = opened
        .await
        .map_err(|_| Problem::Internal("the keys were opened by a task that ended by a panic"))??;
    tracing::info!(kid = ring.current(), "the key that signs");
    Ok(Keys {
        ring: Arc::new(ring),
        pseudonyms: Arc::new(pseudonyms),
    })
}

/// Looks after the keys until the token says that the gateway shuts down.
pub(super) async fn tend(ring: Arc<KeyRing>, ending: CancellationToken) {
    let mut ticks = interval_at(Instant::now() + INTERVAL, INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = ending.cancelled() => return,
            _ = ticks.tick() => {
                let ring = Arc::clone(&ring);
                if let Ok(Err(error)) = spawn_blocking(move || ring.tend()).await {
                    tracing::error!(%error, "the keys could not be looked after; those in memory go on");
                }
            }
        }
    }
}
