//! The driver's own thread: loads the plugin, then waits for what happens to its readers and publishes the list.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Driver};
use madoguchi_proto::driverhost::v1::{HostReader, LoadDriverRequest};
use tokio::sync::{oneshot, watch};

use super::list::List;
use super::{loading, maker_log};
use crate::plugin::{Problem, VerifiedPlugin};

/// One wait for an event.
const WAIT: Duration = Duration::from_secs(1);
/// How long the driver may take to list its readers.
const LISTING: Duration = Duration::from_secs(5);
/// The pauses while nobody can tell how the readers are.
const MIN_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// When the thread should be back from the driver, for whoever watches over it.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    origin: Instant,
    /// Milliseconds after the origin.
    due: Arc<AtomicU64>,
}

impl Beat {
    fn new() -> Self {
        Self {
            origin: Instant::now(),
            due: Arc::new(AtomicU64::new(u64::MAX)),
        }
    }

    fn expect_within(&self, duration: Duration) {
        let due = self.origin.elapsed() + duration + Call::PATIENCE;
        self.due.store(
            u64::try_from(due.as_millis()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }

    /// By how much the driver is late; zero where it is not.
    pub(super) fn overdue(&self) -> Duration {
        self.origin
            .elapsed()
            .saturating_sub(Duration::from_millis(self.due.load(Ordering::Relaxed)))
    }
}

/// A plugin that is loaded. It looks for readers once somebody asks for them: until then another process may have them.
pub(super) struct Running {
    pub(super) driver: Arc<dyn Driver>,
    pub(super) version: String,
    pub(super) abi_version: u32,
    /// None until the driver has listed them once.
    pub(super) readers: watch::Receiver<Option<Vec<HostReader>>>,
    /// Has it look for readers.
    pub(super) begin: SyncSender<()>,
    pub(super) beat: Beat,
}

/// Starts the thread. The plugin is loaded on it, as its listings of readers may take time too.
pub(super) fn start(
    request: LoadDriverRequest,
    reply: oneshot::Sender<Result<Running, Problem>>,
) -> std::io::Result<()> {
    std::thread::Builder::new().name("driver".into()).spawn(move || {
        // The gateway verified this manifest; the files may have changed since.
        let LoadDriverRequest {
            plugin_folder,
            settings,
            manifest,
        } = request;
        let plugin = VerifiedPlugin::as_verified(Path::new(&plugin_folder), manifest);
        let loaded = match plugin.and_then(|plugin| loading::load(&plugin, &settings)) {
            Ok(loaded) => loaded,
            Err(problem) => {
                drop(reply.send(Err(problem)));
                return;
            }
        };
        let driver: Arc<dyn Driver> = Arc::from(loaded.driver);
        let beat = Beat::new();
        let mut watcher = Watcher {
            driver: Arc::clone(&driver),
            list: List::default(),
            beat: beat.clone(),
        };
        let (sender, readers) = watch::channel(None);
        let (begin, begun) = sync_channel(1);
        let running = Running {
            driver,
            version: loaded.version,
            abi_version: loaded.abi_version,
            readers,
            begin,
            beat,
        };
        if reply.send(Ok(running)).is_ok() && begun.recv().is_ok() {
            watcher.relist();
            sender.send_replace(Some(watcher.list.published()));
            watcher.run(&sender);
        }
    })?;
    Ok(())
}

struct Watcher {
    driver: Arc<dyn Driver>,
    list: List,
    beat: Beat,
}

impl Watcher {
    /// Runs until nobody listens any more.
    fn run(&mut self, publish: &watch::Sender<Option<Vec<HostReader>>>) {
        let mut pause = MIN_PAUSE;
        while !publish.is_closed() {
            self.beat.expect_within(WAIT);
            let sound = match self.driver.next_event(WAIT) {
                Ok(None) => true,
                Ok(Some(event)) => {
                    self.list.apply(event);
                    true
                }
                Err(error) => {
                    let told = maker_log::harmless(&error.to_string());
                    tracing::warn!(error = told, "the driver cannot tell what happens to its readers");
                    self.list.unavailable(error.reason());
                    publish_if_changed(publish, self.list.published());
                    self.beat.expect_within(pause);
                    std::thread::sleep(pause);
                    self.relist()
                }
            };
            pause = if sound {
                MIN_PAUSE
            } else {
                (pause * 2).min(MAX_PAUSE)
            };
            publish_if_changed(publish, self.list.published());
        }
    }

    fn relist(&mut self) -> bool {
        self.beat.expect_within(LISTING);
        match self.driver.readers() {
            Ok(readers) => {
                self.list.replace(readers);
                true
            }
            Err(error) => {
                let told = maker_log::harmless(&error.to_string());
                tracing::warn!(error = told, "the driver cannot list its readers");
                self.list.unavailable(error.reason());
                false
            }
        }
    }
}

fn publish_if_changed(publish: &watch::Sender<Option<Vec<HostReader>>>, readers: Vec<HostReader>) {
    publish.send_if_modified(|published| {
        let changed = published.as_ref() != Some(&readers);
        if changed {
            *published = Some(readers);
        }
        changed
    });
}
