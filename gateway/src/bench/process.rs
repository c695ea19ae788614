//! The gateway as processes: how soon they serve, how soon a killed driver serves again, what they need.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use madoguchi_proto::admin::v1::driver::State;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::admin::v1::{Driver, ListDriversRequest};
use madoguchi_twin::TestCa;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use tonic::transport::{Channel, Endpoint};

use crate::bench::Error;
use crate::bench::figures::{median, ms, rounded};
use crate::demo::gateway::{ANY_PORT, Gateway, look_for_plugin, write_config};

/// So often the gateway is started, and its driver killed once each time: from the second time on a pause would count.
const STARTS: u32 = 5;
const DRIVER_TIMEOUT: Duration = Duration::from_secs(15);

/// Medians over a few starts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Process {
    /// From the start of the process until it serves.
    pub startup_ms: f64,
    /// From the start of the process until its driver serves too.
    pub driver_ready_ms: Option<f64>,
    /// From kill -9 of the driver's process until the next one serves.
    pub child_restart_ms: Option<f64>,
    /// Peak resident memory of the gateway's process.
    pub gateway_peak_kib: Option<u64>,
    /// Peak resident memory of the driver's process.
    pub child_peak_kib: Option<u64>,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "start-up to ready: {:.1} ms", self.startup_ms)?;
        if let (Some(driver), Some(restart)) = (self.driver_ready_ms, self.child_restart_ms) {
            write!(
                f,
                ", with its driver {driver:.1} ms; a killed driver is ready again after {restart:.1} ms"
            )?;
        }
        if let (Some(gateway), Some(child)) = (self.gateway_peak_kib, self.child_peak_kib) {
            write!(
                f,
                "\npeak memory: gateway {gateway} KiB, driver process {child} KiB"
            )?;
        }
        Ok(())
    }
}

/// Starts gateways and kills their drivers; nothing where no plugin lies beside the program.
pub(super) async fn measure(folder: &Path) -> Result<Option<Process>, Error> {
    if look_for_plugin().is_err() {
        return Ok(None);
    }
    let ca = TestCa::new()?;
    let (mut startups, mut readies, mut restarts) = (Vec::new(), Vec::new(), Vec::new());
    let mut process = Process::default();
    for start in 0..STARTS {
        let folder = folder.join(format!("start-{start}"));
        std::fs::create_dir(&folder)?;
        let config = write_config(&folder, &ca, ANY_PORT)?;
        let began = Instant::now();
        // No PC/SC service answers there: none is needed to load a driver.
        let gateway = Gateway::start(&folder, &config, &folder.join("no-pcscd")).await?;
        startups.push(ms(began.elapsed()));
        let channel = Endpoint::from_shared(gateway.endpoint().to_owned())?
            .connect()
            .await?;
        let mut client = DriverAdminServiceClient::new(channel);
        if let Some(driver) = until_ready(&mut client, 0).await? {
            readies.push(ms(began.elapsed()));
            process.child_peak_kib = process.child_peak_kib.max(peak_memory_kib(driver.process_id));
            let killed = Instant::now();
            let id = i32::try_from(driver.process_id)
                .ok()
                .and_then(Pid::from_raw)
                .ok_or(Error::Ended("the driver"))?;
            kill_process(id, Signal::KILL).map_err(std::io::Error::from)?;
            until_ready(&mut client, driver.process_id).await?;
            restarts.push(ms(killed.elapsed()));
        }
        process.gateway_peak_kib = process
            .gateway_peak_kib
            .max(gateway.id().and_then(peak_memory_kib));
        gateway.stop().await;
    }
    process.startup_ms = rounded(median(startups));
    process.driver_ready_ms = Some(readies)
        .filter(|all| !all.is_empty())
        .map(median)
        .map(rounded);
    process.child_restart_ms = Some(restarts)
        .filter(|all| !all.is_empty())
        .map(median)
        .map(rounded);
    Ok(Some(process))
}

/// Asks until a driver serves in another process than that one; nothing where there is no driver to wait for. Each
/// question is a round trip, so that asking again is a wait of its own.
async fn until_ready(
    client: &mut DriverAdminServiceClient<Channel>,
    not: u32,
) -> Result<Option<Driver>, Error> {
    let asking = async {
        loop {
            let drivers = client
                .list_drivers(ListDriversRequest {})
                .await?
                .into_inner()
                .drivers;
            let refused = drivers.iter().all(|driver| driver.state() == State::Refused);
            let ready = drivers
                .into_iter()
                .find(|driver| driver.state() == State::Ready && driver.process_id != not);
            if ready.is_some() || refused {
                return Ok(ready);
            }
        }
    };
    tokio::time::timeout(DRIVER_TIMEOUT, asking)
        .await
        .map_err(|_| Error::Ended("the wait for the driver"))?
}

/// `VmHWM` of a process, where the system tells it.
pub(super) fn peak_memory_kib(process_id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_the_peak_of_a_process() {
        assert!(peak_memory_kib(std::process::id()).is_some_and(|kib| kib > 100));
        assert_eq!(peak_memory_kib(u32::MAX), None);
    }
}
