//! Another process for a driver that serves: it loads the plugin as it is in its folder now, waits until the old one has
//! no visit left, and takes over. Where it does not come to life the old one goes on.

use std::time::Duration;

use madoguchi_core::DriverId;

use super::{Successor, Supervisor};
use crate::hub::{Change, View};
use crate::plugin::Problem;
use crate::status::DriverState;

impl Supervisor {
    /// Resolves when somebody asked for another process and it can take over.
    pub(super) async fn replaced(&self, id: &DriverId) -> Successor {
        loop {
            self.bells.upgrade.notified().await;
            match self.successor(id).await {
                Ok(successor) => {
                    self.drained().await;
                    return successor;
                }
                Err(problem) => {
                    tracing::warn!(driver = %id, phase = %problem.phase(), %problem, "a driver is not upgraded");
                    self.tell(Change::NotReplaced(problem)).await;
                }
            }
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

    /// Waits for a moment in which nobody holds a reader. Where none comes by itself new visits are let wait until one
    /// does; where a visit does not end either, it ends with the process.
    async fn drained(&self) {
        let free = |view: &View| self.own(view, |driver| driver.leased_reader_count == 0);
        if !self.within_patience(free).await {
            tracing::info!("a driver that is upgraded has no quiet moment: new visits wait");
        }
        self.tell(Change::Draining).await;
        let drained = |view: &View| {
            self.own(view, |driver| {
                driver.state == DriverState::Draining && driver.leased_reader_count == 0
            })
        };
        if !self.within_patience(drained).await {
            tracing::warn!("a visit did not end while its driver is upgraded: it ends with the old process");
        }
    }

    fn own(&self, view: &View, is: impl FnOnce(&crate::DriverStatus) -> bool) -> bool {
        view.drivers.get(self.slot).is_some_and(is)
    }

    async fn within_patience(&self, wanted: impl Fn(&View) -> bool) -> bool {
        let patience = Duration::from_millis(self.options.upgrade_timeout_ms);
        let mut view = self.view.clone();
        let reached = view.wait_for(|view| wanted(view));
        matches!(tokio::time::timeout(patience, reached).await, Ok(Ok(_)))
    }
}
