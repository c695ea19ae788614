//! From a verified plugin to a process that is ready: its readers are known.

use std::time::Duration;

use madoguchi_proto::driverhost::v1::WatchReadersRequest;
use madoguchi_proto::driverhost::v1::driver_host_service_client::DriverHostServiceClient;
use tokio::process::Child;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::{Loaded, Ready, Supervisor};
use crate::child::Role;
use crate::connection::Connection;
use crate::hub::Change;
use crate::plugin::{LoadPhase, Problem, VerifiedPlugin};
use crate::spawner::Spawned;
use crate::wire;

impl Supervisor {
    pub(super) async fn start(
        &self,
        plugin: &VerifiedPlugin,
        process: &mut Option<Child>,
    ) -> Result<Ready, Problem> {
        let loaded = self.load(plugin, process).await?;
        self.look(loaded).await
    }

    /// Starts a process and has it load the plugin.
    pub(super) async fn load(
        &self,
        plugin: &VerifiedPlugin,
        process: &mut Option<Child>,
    ) -> Result<Loaded, Problem> {
        let failed = |error: std::io::Error| Problem::Process { kind: error.kind() };
        let Spawned { process: child, end } = self.spawner.spawn(Role::Driver).await.map_err(failed)?;
        *process = Some(child);
        let channel = end.connect().await.map_err(|_| Problem::Process {
            kind: std::io::ErrorKind::NotConnected,
        })?;
        let mut client = DriverHostServiceClient::new(channel);
        let request = wire::load_request(plugin, self.options.settings(&plugin.manifest.id));
        let loaded = self.in_time(client.load_driver(request)).await?;
        Ok(Loaded {
            client,
            abi_version: loaded.into_inner().abi_version,
        })
    }

    /// Has the driver look for its readers: then the process is ready.
    pub(super) async fn look(&self, loaded: Loaded) -> Result<Ready, Problem> {
        let Loaded {
            mut client,
            abi_version,
        } = loaded;
        let looking = async {
            let watching = client.watch_readers(WatchReadersRequest {}).await?;
            let mut readers = watching.into_inner();
            let first = readers.message().await?;
            Ok((readers, first))
        };
        let (readers, first) = self.in_time(looking).await?;
        let first = first.ok_or(Problem::Unready { what: "ended" })?;
        self.tell(Change::Readers(first.readers)).await;
        let grace = Duration::from_millis(self.options.calls.grace_ms);
        Ok(Ready {
            connection: Connection::new(client, grace),
            abi_version,
            readers,
        })
    }

    async fn in_time<T>(&self, step: impl Future<Output = Result<T, Status>>) -> Result<T, Problem> {
        match tokio::time::timeout(self.options.load_timeout(), step).await {
            Ok(done) => done.map_err(|status| problem(&status)),
            Err(_) => Err(Problem::Unready {
                what: "took too long",
            }),
        }
    }
}

/// What the child says went wrong; without its word it ended.
fn problem(status: &Status) -> Problem {
    let said = status.get_details_error_info().and_then(|info| {
        let phase: LoadPhase = info.metadata.get(wire::PHASE)?.parse().ok()?;
        Some(Problem::InChild {
            phase,
            line: info.metadata.get(wire::PROBLEM)?.clone(),
        })
    });
    said.unwrap_or(Problem::Unready { what: "ended" })
}
