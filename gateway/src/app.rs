//! The composition root: the only place where concrete types of different rooms meet.

mod audit;
mod build;
mod chores;
mod consents;
mod eligibility;
mod expiries;
mod keys;
mod records;
mod retention;
mod routes;
mod services;
mod trust;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use madoguchi_audit::Log;
use madoguchi_auth::{Authentications, Workflow};
use madoguchi_checkin::CheckIns;
use madoguchi_driver_host::Drivers;
use madoguchi_store::Store;
use tokio::time::{timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use self::chores::Chores;
use crate::config::{Limits, Problem};
use crate::server::Server;
use crate::server::health::Health;
use crate::uplink::Uplinks;

/// How long the visits may take to end when the gateway shuts down; each is told at once.
const VISITS_END: Duration = Duration::from_secs(5);
/// How long the readers' screens may take to be wiped after that.
const SCREENS_END: Duration = Duration::from_secs(2);

/// A gateway that is put together: its port is open, and what an earlier process left open has been ended.
pub struct App {
    server: Server,
    uplinks: Uplinks,
    limits: Limits,
    routes: Routes,
    check_ins: CheckIns,
    authentications: Authentications,
    /// What both lead their visits with.
    workflow: Workflow,
    /// None where the readers come from elsewhere.
    drivers: Option<Drivers>,
    store: Store,
    health: Health,
    log: Log,
    audit_workers: audit::Workers,
    chores: Chores,
    /// Ends the watch streams, the health and the chores.
    ending: CancellationToken,
    ready: CancellationToken,
    drain: Duration,
    began: Instant,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("local_addr", &self.local_addr())
            .finish_non_exhaustive()
    }
}

impl App {
    /// Where it listens: the port that was taken where the configuration says 0.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// Resolves when the gateway serves and each driver has its readers or has been refused; never, where it ends
    /// before.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.ready.clone().cancelled_owned()
    }

    /// The database, for measurements.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Serves until the shutdown resolves, then ends in order: no new connections, visits cancelled, watch streams
    /// ended, calls drained, readers closed, store flushed.
    ///
    /// # Errors
    /// [`Problem::Serve`], [`Problem::Store`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Problem> {
        let Self {
            server,
            uplinks,
            limits,
            routes,
            check_ins,
            authentications,
            workflow,
            drivers,
            store,
            health,
            chores,
            log,
            audit_workers,
            ending,
            ..
        } = self;
        let local_addr = server.local_addr();
        let stop = CancellationToken::new();
        let auditing = audit_workers.begin();
        health.look().await;
        let health = tokio::spawn(health.run(ending.clone()));
        let mut chores = chores.start();
        let mut serving = tokio::spawn(server.serve(routes.clone(), log.clone(), stop.clone()));
        let mut uplinks = tokio::spawn(uplinks.run(routes, log, limits, stop.clone()));
        tracing::info!(%local_addr, serving_ms = elapsed_ms(self.began), "serving");
        let announced = tokio::spawn(announce(drivers.clone(), self.ready, self.began, ending.clone()));

        let served = tokio::select! {
            () = shutdown => None,
            served = &mut serving => Some(served),
        };
        tracing::info!("shutting down");
        stop.cancel();
        let visits = async { tokio::join!(check_ins.shutdown(), authentications.shutdown()) };
        if timeout(VISITS_END, visits).await.is_err() {
            tracing::warn!("some visits did not end in time; the next start ends them");
        }
        if timeout(SCREENS_END, workflow.shutdown()).await.is_err() {
            tracing::warn!("some screens may show an old page; the next start wipes them");
        }
        ending.cancel();
        let drained = Instant::now() + self.drain;
        let served = match served {
            Some(served) => Some(served),
            None => timeout_at(drained.into(), &mut serving).await.ok(),
        };
        if served.is_none() {
            tracing::warn!("some calls did not end in time");
            serving.abort();
        }
        if timeout_at(drained.into(), &mut uplinks).await.is_err() {
            tracing::warn!("some calls of uplinks did not end in time");
            uplinks.abort();
        }
        // They end with the token; only a panic in them could be told here.
        let _ = tokio::join!(health, announced, async {
            while chores.join_next().await.is_some() {}
        });
        if let Some(drivers) = drivers {
            drivers.shutdown().await;
        }
        // Nothing happens any more: the log is written to its end, which is stated.
        auditing.end().await;
        store.close().await?;
        tracing::info!("ended");
        match served {
            Some(Ok(Err(source))) => Err(Problem::Serve(source)),
            Some(Err(_)) => Err(Problem::Internal("the server's task ended by a panic")),
            Some(Ok(Ok(()))) | None => Ok(()),
        }
    }
}

/// Says when the drivers are up too.
async fn announce(
    drivers: Option<Drivers>,
    ready: CancellationToken,
    began: Instant,
    ending: CancellationToken,
) {
    let drivers_ready = async {
        if let Some(drivers) = &drivers {
            drivers.ready().await;
        }
    };
    tokio::select! {
        () = ending.cancelled() => {}
        () = drivers_ready => {
            for driver in drivers.iter().flat_map(Drivers::drivers) {
                if let Some(problem) = &driver.problem {
                    tracing::warn!(driver = driver.driver_id, problem, "a driver does not serve");
                }
            }
            ready.cancel();
            tracing::info!(ready_ms = elapsed_ms(began), "ready");
        }
    }
}

fn elapsed_ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}
