//! One task for each driver: starts its process, watches over it, and starts it again.

mod folder;
mod health;
mod start;
mod upgrade;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::DriverId;
use madoguchi_proto::driverhost::v1::WatchReadersResponse;
use tokio::process::Child;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use folder::same_driver;

use crate::Options;
use crate::backoff::Backoff;
use crate::connection::{Client, Connection};
use crate::hub::{Change, Message, View};
use crate::plugin::{Problem, Refused, VerifiedPlugin};
use crate::spawner::Spawner;

/// How long the readers that the process before had are waited for.
const SETTLE: Duration = Duration::from_secs(3);

/// How long a killed process may take to be gone; only the kernel can hold it back.
const REAP_TIMEOUT: Duration = Duration::from_secs(5);

/// Watches over one driver.
pub(crate) struct Supervisor {
    pub(crate) slot: usize,
    pub(crate) folder: PathBuf,
    pub(crate) options: Arc<Options>,
    pub(crate) spawner: Spawner,
    pub(crate) hub: mpsc::Sender<Message>,
    pub(crate) view: watch::Receiver<Arc<View>>,
    pub(crate) link: watch::Sender<Option<Connection>>,
    pub(crate) bells: Bells,
    pub(crate) shutdown: CancellationToken,
}

/// What a person rings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bells {
    /// Another process at once.
    pub(crate) restart: Arc<Notify>,
    /// Another process that takes over when it can.
    pub(crate) upgrade: Arc<Notify>,
}

/// How one life ended.
enum End {
    /// It is not to live until a person asks.
    Refused(Refused),
    /// It ended, or never became ready.
    Died {
        problem: Option<Problem>,
        served: Duration,
    },
    /// A person asked for another.
    Asked,
    /// Another process is there and has the plugin loaded; nobody holds a reader of this one any more.
    Replaced(Box<Successor>),
}

/// What lives next.
enum Next {
    /// What is in the folder.
    Plugin(Box<Result<VerifiedPlugin, Refused>>),
    /// A process that waited for this one to end.
    Successor(Box<Successor>),
}

/// A process that has loaded the plugin and does not look for readers yet.
struct Successor {
    plugin: VerifiedPlugin,
    process: Child,
    loaded: Loaded,
}

/// A plugin that is loaded in its process.
struct Loaded {
    client: Client,
    abi_version: u32,
}

/// A process that is ready.
struct Ready {
    connection: Connection,
    abi_version: u32,
    readers: Streaming<WatchReadersResponse>,
}

impl Supervisor {
    /// Runs until shutdown. `first` is what the scan found.
    pub(crate) async fn run(self, first: Result<VerifiedPlugin, Refused>) {
        let shutdown = self.shutdown.clone();
        let mut process = None;
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.lives(first, &mut process) => {}
        }
        self.link.send_replace(None);
        self.tell(Change::Stopping).await;
        reap(&mut process).await;
        self.tell(Change::Stopped).await;
    }

    async fn lives(&self, first: Result<VerifiedPlugin, Refused>, process: &mut Option<Child>) {
        let mut backoff = Backoff::new(&self.options.restart);
        let mut next = Next::Plugin(Box::new(first));
        // Whose folder it is, once that is known: no later content makes it another driver's.
        let mut id = None;
        loop {
            let end = match next {
                Next::Successor(successor) => self.take_over(*successor, process).await,
                Next::Plugin(plugin) => match same_driver(*plugin, &mut id) {
                    Ok(plugin) => self.life(plugin, process).await,
                    Err(refused) => End::Refused(refused),
                },
            };
            self.link.send_replace(None);
            let plugin = match end {
                End::Replaced(successor) => {
                    self.tell(Change::Replacing).await;
                    reap(process).await;
                    backoff.reset();
                    next = Next::Successor(successor);
                    continue;
                }
                End::Refused(refused) => {
                    if matches!(refused.problem, Problem::NotAllowed { .. }) {
                        // Somebody chose not to run it.
                        tracing::info!(folder = %refused.folder.display(), "a driver is not in drivers.allow");
                    } else {
                        tracing::warn!(phase = %refused.phase(), problem = %refused, "a driver is refused");
                    }
                    self.tell(Change::Refused(Box::new(refused))).await;
                    reap(process).await;
                    self.asked().await;
                    backoff.reset();
                    self.scan_again().await
                }
                End::Asked => {
                    self.tell(Change::Down).await;
                    reap(process).await;
                    backoff.reset();
                    self.scan_again().await
                }
                End::Died { problem, served } => {
                    let pause = backoff.pause_after(served);
                    tracing::warn!(
                        folder = %self.folder.display(),
                        problem = problem.as_ref().map(tracing::field::display),
                        ?served,
                        ?pause,
                        "a driver's process ended"
                    );
                    self.tell(Change::BackingOff(problem)).await;
                    reap(process).await;
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.asked() => backoff.reset(),
                    }
                    self.inspect_again().await
                }
            };
            self.tell(Change::Starting).await;
            next = Next::Plugin(Box::new(plugin));
        }
    }

    /// A person asked for another process; with none that serves there is nothing to hand over.
    async fn asked(&self) {
        tokio::select! {
            () = self.bells.restart.notified() => {}
            () = self.bells.upgrade.notified() => {}
        }
    }

    /// One life of the process, from its start to its end.
    async fn life(&self, plugin: VerifiedPlugin, process: &mut Option<Child>) -> End {
        let begun = Instant::now();
        let started = tokio::select! {
            started = self.start(&plugin, process) => started,
            () = self.asked() => return End::Asked,
        };
        self.live(plugin, started, process, begun).await
    }

    /// The life of a process that another one made room for.
    async fn take_over(&self, successor: Successor, process: &mut Option<Child>) -> End {
        let begun = Instant::now();
        let Successor {
            plugin,
            process: its,
            loaded,
        } = successor;
        *process = Some(its);
        let started = tokio::select! {
            started = self.look(loaded) => started,
            () = self.bells.restart.notified() => return End::Asked,
        };
        self.live(plugin, started, process, begun).await
    }

    async fn live(
        &self,
        plugin: VerifiedPlugin,
        started: Result<Ready, Problem>,
        process: &mut Option<Child>,
        begun: Instant,
    ) -> End {
        let ready = match started {
            Ok(ready) => ready,
            Err(problem) if problem.phase().is_permanent() => {
                return End::Refused(Refused::new(&plugin.folder, Some(plugin.manifest), problem));
            }
            Err(problem) => {
                return End::Died {
                    problem: Some(problem),
                    served: Duration::ZERO,
                };
            }
        };
        let process_id = process.as_ref().and_then(Child::id);
        self.link.send_replace(Some(ready.connection.clone()));
        if plugin.signed_by.is_none() && self.options.trust.is_some() {
            tracing::warn!(driver = %plugin.manifest.id, "an unsigned plugin runs: development mode");
        }
        self.remember(&plugin.manifest).await;
        let (manifest, signed_by) = (Box::new(plugin.manifest), plugin.signed_by);
        let id = manifest.id.clone();
        let start_took = begun.elapsed();
        tracing::info!(driver = %manifest.id, process_id, ?start_took, "a driver is ready");
        self.tell(Change::Ready {
            manifest,
            signed_by,
            abi_version: ready.abi_version,
            process_id,
            start_took,
        })
        .await;
        let since = Instant::now();
        self.serve(&id, ready, process, since).await
    }

    /// Serves until the process ends or must be ended.
    async fn serve(&self, id: &DriverId, ready: Ready, process: &mut Option<Child>, since: Instant) -> End {
        let Ready {
            connection,
            mut readers,
            ..
        } = ready;
        let died = |problem| End::Died {
            problem,
            served: since.elapsed(),
        };
        let ill = health::until_ill(&connection, &self.options, |bytes| {
            self.tell(Change::Measured(bytes))
        });
        let mut successor = None;
        let end = {
            let replaced = self.replaced(id, &mut successor);
            let settled = tokio::time::sleep(SETTLE);
            let mut is_settled = false;
            tokio::pin!(ill, replaced, settled);
            loop {
                tokio::select! {
                    list = readers.message() => match list {
                        Ok(Some(list)) => self.tell(Change::Readers(list.readers)).await,
                        Ok(None) | Err(_) => break died(Some(Problem::Ended { what: "ended" })),
                    },
                    () = exited(process) => break died(Some(Problem::Ended { what: "ended" })),
                    () = connection.condemned().cancelled() => {
                        break died(Some(Problem::Ended { what: "did not answer in time and was killed" }));
                    }
                    () = &mut ill => break died(Some(Problem::Ended { what: "stood still and was killed" })),
                    () = self.bells.restart.notified() => break End::Asked,
                    () = &mut settled, if !is_settled => {
                        is_settled = true;
                        self.tell(Change::TakenOver).await;
                    }
                    () = &mut replaced => break End::Asked,
                }
            }
        };
        match (end, successor) {
            // One that is ready is better than one that has to be started, however this one ended.
            (End::Asked | End::Died { .. }, Some(successor)) => End::Replaced(Box::new(successor)),
            (end, _) => end,
        }
    }

    async fn tell(&self, change: Change) {
        // The hub outlives the supervisors; at the very end nobody needs to know any more.
        drop(
            self.hub
                .send(Message::Driver {
                    slot: self.slot,
                    change,
                })
                .await,
        );
    }
}

/// Waits for the process to end; for ever where there is none.
async fn exited(process: &mut Option<Child>) {
    match process {
        Some(process) => drop(process.wait().await),
        None => std::future::pending().await,
    }
}

/// Ends the process, if it has not ended, and waits until it is gone.
async fn reap(process: &mut Option<Child>) {
    if let Some(mut process) = process.take() {
        // It fails where the process ended already.
        drop(process.start_kill());
        if tokio::time::timeout(REAP_TIMEOUT, process.wait()).await.is_err() {
            tracing::error!(
                process_id = process.id(),
                "a killed driver process is still there"
            );
        }
    }
}
