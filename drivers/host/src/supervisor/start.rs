//! From a verified plugin to a process that is ready: its readers are known.

use std::time::Duration;

use madoguchi_proto::driverhost::v1::WatchReadersRequest;
use madoguchi_proto::driverhost::v1::driver_host_service_client::DriverHostServiceClient;
use tokio::process::Child;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::{Ready, Supervisor};
use crate::child::Role;
use crate::connection::{Client, Connection};
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
        let failed = |error: std::io::Error| Problem::Process { kind: error.kind() };
        let Spawned { process: child, end } = self.spawner.spawn(Role::Driver).await.map_err(failed)?;
        *process = Some(child);
        let channel = end.connect().await.map_err(|_| Problem::Process {
            kind: std::io::ErrorKind::NotConnected,
        })?;
        let mut client = DriverHostServiceClient::new(channel);
        let loading = self.load(&mut client, plugin);
        let (abi_version, readers) = match tokio::time::timeout(self.options.load_timeout(), loading).await {
            Ok(loaded) => loaded?,
            Err(_) => {
                return Err(Problem::Unready {
                    what: "took too long",
                });
            }
        };
        let grace = Duration::from_millis(self.options.calls.grace_ms);
        Ok(Ready {
            connection: Connection::new(client, grace),
            abi_version,
            readers,
        })
    }

    async fn load(
        &self,
        client: &mut Client,
        plugin: &VerifiedPlugin,
    ) -> Result<
        (
            u32,
            tonic::Streaming<madoguchi_proto::driverhost::v1::WatchReadersResponse>,
        ),
        Problem,
    > {
        let loaded = client
            .load_driver(wire::load_request(
                plugin,
                self.options.settings(&plugin.manifest.id),
            ))
            .await;
        let abi_version = loaded
            .map_err(|status| problem(&status))?
            .into_inner()
            .abi_version;
        let watching = client.watch_readers(WatchReadersRequest {}).await;
        let mut readers = watching.map_err(|status| problem(&status))?.into_inner();
        let first = readers.message().await.map_err(|status| problem(&status))?;
        let first = first.ok_or(Problem::Unready { what: "ended" })?;
        self.tell(Change::Readers(first.readers)).await;
        Ok((abi_version, readers))
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
