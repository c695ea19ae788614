//! Another process for a driver that serves: it loads the plugin as it is in its folder now and takes over in a moment in
//! which no visit holds a reader. Where it does not come to life, or no such moment comes, the old one goes on.

use std::time::Duration;

use futures_util::FutureExt as _;
use madoguchi_core::DriverId;
use tokio::sync::oneshot;

use super::{Successor, Supervisor};
use crate::hub::Change;
use crate::plugin::Problem;

impl Supervisor {
    /// Resolves when somebody asked for another process and nobody holds a reader of this one. The process that is ready
    /// is in `successor` from the moment on in which it is: where this one dies before, that one is there.
    pub(super) async fn replaced(&self, id: &DriverId, successor: &mut Option<Successor>) {
        loop {
            self.bells.upgrade.notified().await;
            let upgraded = self.upgraded(id, successor).await;
            // Who asked meanwhile asked for this one.
            let _again = self.bells.upgrade.notified().now_or_never();
            match upgraded {
                Ok(()) => return,
                Err(problem) => {
                    *successor = None;
                    tracing::warn!(driver = %id, phase = %problem.phase(), %problem, "a driver is not upgraded");
                    self.tell(Change::NotReplaced(problem)).await;
                }
            }
        }
    }

    async fn upgraded(&self, id: &DriverId, successor: &mut Option<Successor>) -> Result<(), Problem> {
        let successor = successor.insert(self.successor(id).await?);
        tracing::info!(driver = %id, "another process of a driver waits for a moment without a visit");
        self.tell(Change::Draining).await;
        let patience = Duration::from_millis(self.options.upgrade_timeout_ms);
        tokio::select! {
            () = self.quiet() => Ok(()),
            _ = successor.process.wait() => Err(Problem::Ended { what: "ended while it waited" }),
            () = tokio::time::sleep(patience) => Err(Problem::NoQuietMoment { patience }),
        }
    }

    async fn successor(&self, id: &DriverId) -> Result<Successor, Problem> {
        let plugin = self.scan_again().await.map_err(|refused| refused.problem)?;
        if plugin.manifest.id != *id {
            return Err(Problem::IdChanged {
                was: id.clone(),
                now: plugin.manifest.id,
            });
        }
        let mut process = None;
        // A process that is not taken is killed as it is dropped.
        let loaded = self.load(&plugin, &mut process).await?;
        let process = process.ok_or(Problem::Unready { what: "ended" })?;
        Ok(Successor {
            plugin,
            process,
            loaded,
        })
    }

    /// Resolves in a moment in which nobody holds a reader; from then on who wants one waits.
    async fn quiet(&self) {
        let mut view = self.view.clone();
        loop {
            let is_quiet = view.wait_for(|view| {
                let own = view.drivers.get(self.slot);
                own.is_some_and(|driver| driver.leased_reader_count == 0)
            });
            // The hub outlives the supervisors; at the very end nobody takes over any more.
            if is_quiet.await.is_err() {
                return std::future::pending().await;
            }
            // What is seen may be over already: the hub knows.
            let (answer, may) = oneshot::channel();
            self.tell(Change::MayTakeOver(answer)).await;
            if may.await == Ok(true) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}
