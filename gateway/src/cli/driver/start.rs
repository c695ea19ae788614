//! `madoguchi driver restart` and `upgrade`: another process for a driver of a running gateway.

use std::time::Duration;

use clap::Args;
use madoguchi_proto::admin::v1::driver::State;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::admin::v1::{Driver, GetDriverRequest, RestartDriverRequest, UpgradeDriverRequest};
use tokio::time::Instant;
use tonic::transport::Channel;

use super::line::DriverLine;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::Remote;

/// How often the gateway is asked how far it is.
const LOOK: Duration = Duration::from_millis(100);

/// Which driver of which gateway.
#[derive(Debug, Args)]
struct Which {
    /// The driver, as `driver list` shows it
    driver_id: String,
    #[command(flatten)]
    remote: Remote,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Which {
    /// The gateway, the driver's name there, and whether JSON is printed.
    async fn connect(self) -> Result<(DriverAdminServiceClient<Channel>, String, bool), Error> {
        let client = DriverAdminServiceClient::new(self.remote.connect().await?);
        Ok((client, self.driver_id, self.json))
    }
}

/// Restarts a driver.
#[derive(Debug, Args)]
pub struct RestartArgs {
    #[command(flatten)]
    which: Which,
}

/// Upgrades a driver.
#[derive(Debug, Args)]
pub struct UpgradeArgs {
    #[command(flatten)]
    which: Which,
    /// How long to wait until the new process serves; the upgrade goes on without the waiting
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    wait: u64,
}

impl RestartArgs {
    pub(super) const fn is_json(&self) -> bool {
        self.which.json
    }

    pub(super) async fn run(self) -> Result<Exit, Error> {
        let (mut client, driver_id, json) = self.which.connect().await?;
        client
            .restart_driver(RestartDriverRequest {
                driver_id: driver_id.clone(),
            })
            .await?;
        print(json, get(&mut client, &driver_id).await?)
    }
}

impl UpgradeArgs {
    pub(super) const fn is_json(&self) -> bool {
        self.which.json
    }

    pub(super) async fn run(self) -> Result<Exit, Error> {
        let (mut client, driver_id, json) = self.which.connect().await?;
        let request = UpgradeDriverRequest {
            driver_id: driver_id.clone(),
        };
        let before = client.upgrade_driver(request).await?.into_inner().driver;
        let before = before.unwrap_or_default().process_id;
        let until = Instant::now() + Duration::from_secs(self.wait);
        loop {
            let driver = get(&mut client, &driver_id).await?;
            let is_new = driver.process_id != before && driver.state() == State::Ready;
            let is_refused = !driver.problem.is_empty() && driver.process_id == before;
            if is_new || is_refused {
                return print(json, driver);
            }
            if Instant::now() >= until {
                print(json, driver)?;
                return Ok(Exit::Expired);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

async fn get(client: &mut DriverAdminServiceClient<Channel>, driver_id: &str) -> Result<Driver, Error> {
    let request = GetDriverRequest {
        driver_id: driver_id.to_owned(),
    };
    Ok(client
        .get_driver(request)
        .await?
        .into_inner()
        .driver
        .unwrap_or_default())
}

/// A driver that has a problem is no success.
fn print(json: bool, driver: Driver) -> Result<Exit, Error> {
    let is_well = driver.problem.is_empty();
    Output::new(json).answer(&DriverLine::from(driver), ToString::to_string)?;
    Ok(if is_well { Exit::Completed } else { Exit::Reader })
}
