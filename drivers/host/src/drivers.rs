//! The handle that the gateway keeps: all drivers, and the port to their readers.

use std::path::PathBuf;
use std::pin::Pin as StdPin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;
use futures_util::{StreamExt as _, future};
use madoguchi_core::reader::{Lease, Readers, Snapshot};
use madoguchi_core::{DriverId, ReaderId, Reason};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Options;
use crate::connection::Connection;
use crate::hub::{self, Change, Grant, Message, View};
use crate::lease::HeldReader;
use crate::logging::Logging;
use crate::plugin::{ScanError, scan};
use crate::spawner::Spawner;
use crate::status::{DriverState, DriverStatus};
use crate::supervisor::{Bells, Supervisor};

/// Why the drivers cannot be started at all. What is wrong with one plugin is in its [`DriverStatus`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The plugin directory cannot be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The operating system does not play along.
    #[error("no thread for the drivers' processes: {0}")]
    Thread(#[from] std::io::Error),
}

/// All drivers, each in a process of its own. Cheap to clone; when the last clone is dropped the processes are killed.
#[derive(Clone)]
pub struct Drivers(Arc<Inner>);

struct Inner {
    options: Arc<Options>,
    hub: mpsc::Sender<Message>,
    view: watch::Receiver<Arc<View>>,
    links: Vec<watch::Receiver<Option<Connection>>>,
    /// One for each driver, as the drivers of the view.
    bells: Vec<Bells>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Drivers {
    /// Inspects the plugin directory and starts a process for each good plugin. `program` is the gateway's own
    /// binary, whose subcommand [`SUBCOMMAND`](crate::child::SUBCOMMAND) calls [`child::run`](crate::child::run).
    ///
    /// # Errors
    /// [`StartError`] where there is nothing to start from.
    pub async fn start(options: Options, program: PathBuf, logging: Logging) -> Result<Self, StartError> {
        let options = Arc::new(options);
        let scanned = Arc::clone(&options);
        let plugins = tokio::task::spawn_blocking(move || scan(&scanned))
            .await
            .map_err(std::io::Error::other)??;
        let spawner = Spawner::start(program, logging)?;
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (senders, links): (Vec<_>, Vec<_>) = plugins.iter().map(|_| watch::channel(None)).unzip();
        let bells: Vec<_> = plugins.iter().map(|_| Bells::default()).collect();
        let statuses = plugins.iter().map(DriverStatus::new).collect();
        let (hub, view) = hub::start(statuses, links.clone());
        for (slot, (plugin, link)) in plugins.into_iter().zip(senders).enumerate() {
            let supervisor = Supervisor {
                slot,
                folder: match &plugin {
                    Ok(plugin) => plugin.folder.clone(),
                    Err(refused) => refused.folder.clone(),
                },
                options: Arc::clone(&options),
                spawner: spawner.clone(),
                hub: hub.clone(),
                view: view.clone(),
                link,
                bells: bells[slot].clone(),
                shutdown: shutdown.clone(),
            };
            tasks.spawn(supervisor.run(plugin));
        }
        tasks.close();
        Ok(Self(Arc::new(Inner {
            options,
            hub,
            view,
            links,
            bells,
            shutdown,
            tasks,
        })))
    }

    /// Resolves when every driver is ready, refused, or failed its first start.
    pub async fn ready(&self) {
        let mut view = self.0.view.clone();
        // The hub lives as long as this handle.
        drop(
            view.wait_for(|view| view.drivers.iter().all(|driver| driver.settled))
                .await,
        );
    }

    /// Every plugin folder that was found, the refused ones with the reason, in the order of their names.
    #[must_use]
    pub fn drivers(&self) -> Vec<DriverStatus> {
        self.0.view.borrow().drivers.clone()
    }

    /// Stops a driver's process and starts it again without a pause; a refused one is inspected anew. Does not wait.
    ///
    /// # Errors
    /// [`Reason::DriverNotFound`].
    pub fn restart(&self, id: &DriverId) -> Result<DriverStatus, Reason> {
        let (slot, driver) = self.find(id)?;
        self.0.bells[slot].restart.notify_one();
        Ok(driver)
    }

    /// Starts another process of a driver from its folder as it is now, and lets it take over when no visit holds a
    /// reader of the old one. Where it is refused or does not start, the old one goes on and its status has the
    /// problem, which is none when this returns. Does not wait for the upgrade.
    ///
    /// # Errors
    /// [`Reason::DriverNotFound`], [`Reason::GatewayShuttingDown`].
    pub async fn upgrade(&self, id: &DriverId) -> Result<DriverStatus, Reason> {
        let (slot, driver) = self.find(id)?;
        if driver.state == DriverState::Ready {
            let change = Change::Upgrading;
            let told = self.0.hub.send(Message::Driver { slot, change }).await;
            told.map_err(|_| Reason::GatewayShuttingDown)?;
            let mut view = self.0.view.clone();
            let heard = |view: &Arc<View>| {
                let driver = view.drivers.get(slot);
                driver.is_none_or(|driver| driver.state != DriverState::Ready || driver.problem.is_none())
            };
            drop(view.wait_for(heard).await);
        }
        self.0.bells[slot].upgrade.notify_one();
        Ok(driver)
    }

    fn find(&self, id: &DriverId) -> Result<(usize, DriverStatus), Reason> {
        let drivers = self.drivers().into_iter().enumerate();
        let mut named = drivers.filter(|(_, driver)| driver.driver_id == id.as_str());
        named.next().ok_or(Reason::DriverNotFound)
    }

    /// Gives no more readers out, waits for those that are held, at most the configured time, and ends the processes.
    pub async fn shutdown(&self) {
        drop(self.0.hub.send(Message::Drain).await);
        let mut view = self.0.view.clone();
        let drained = view.wait_for(|view| view.held_count == 0);
        let timeout = Duration::from_millis(self.0.options.drain_timeout_ms);
        if tokio::time::timeout(timeout, drained).await.is_err() {
            tracing::warn!("readers are still held: their drivers are stopped all the same");
        }
        self.0.shutdown.cancel();
        self.0.tasks.wait().await;
    }

    /// Passes a maker's control call to a reader, whoever holds it: for diagnosis.
    ///
    /// # Errors
    /// [`Reason::ReaderNotFound`], or why the reader cannot do it.
    pub async fn control(&self, id: &ReaderId, code: u32, input: Vec<u8>) -> Result<Vec<u8>, Reason> {
        let timeout_ms = self.0.options.calls.control_timeout_ms;
        let (connection, selector) = self.connection(id)?;
        let mut client = connection.client();
        let request = madoguchi_proto::driverhost::v1::ControlReaderRequest {
            selector,
            code,
            input,
            timeout_ms,
        };
        let call = client.control_reader(request);
        let answer = connection.call(Duration::from_millis(timeout_ms), call).await;
        answer
            .map(|answer| answer.output)
            .map_err(crate::connection::Failure::reason)
    }

    /// The connection to the process that serves a reader, and the reader's name there.
    fn connection(&self, id: &ReaderId) -> Result<(Connection, String), Reason> {
        let view = self.0.view.borrow().clone();
        let reader = view.reader(id).ok_or(Reason::ReaderNotFound)?;
        let driver = reader.driver_id.as_str();
        let up = view
            .drivers
            .iter()
            .zip(&self.0.links)
            .filter(|(status, _)| status.driver_id == driver);
        let connection = up
            .filter_map(|(_, link)| link.borrow().clone())
            .next()
            .ok_or(Reason::DriverFailed)?;
        let selector = id
            .as_str()
            .strip_prefix(driver)
            .and_then(|rest| rest.strip_prefix(':'));
        Ok((connection, selector.unwrap_or_default().to_owned()))
    }
}

#[async_trait]
impl Readers for Drivers {
    fn snapshot(&self) -> Snapshot {
        self.0.view.borrow().snapshot.clone()
    }

    fn watch(&self) -> StdPin<Box<dyn Stream<Item = Snapshot> + Send>> {
        let mut last = None;
        // The view also changes where no reader does.
        let fresh = move |view: Arc<View>| {
            let is_new = last != Some(view.snapshot.sequence);
            last = Some(view.snapshot.sequence);
            future::ready(is_new.then(|| view.snapshot.clone()))
        };
        Box::pin(WatchStream::new(self.0.view.clone()).filter_map(fresh))
    }

    async fn lease(&self, id: &ReaderId, wait: Duration) -> Result<Box<dyn Lease>, Reason> {
        let (reply, answer) = oneshot::channel();
        let asked = self
            .0
            .hub
            .send(Message::Lease {
                id: id.clone(),
                reply,
            })
            .await;
        asked.map_err(|_| Reason::GatewayShuttingDown)?;
        let claim = match answer.await.map_err(|_| Reason::GatewayShuttingDown)?? {
            Grant::Now(claim) => claim,
            Grant::InLine(turn) => {
                let turn = tokio::time::timeout(wait, turn)
                    .await
                    .map_err(|_| Reason::ReaderBusy)?;
                turn.map_err(|_| Reason::GatewayShuttingDown)??
            }
        };
        Ok(Box::new(HeldReader::new(
            claim,
            Arc::clone(&self.0.options),
            self.0.view.clone(),
        )))
    }
}
