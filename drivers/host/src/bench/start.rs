//! A driver's process from nothing until its plugin is loaded: what no restart can be quicker than.

use std::path::PathBuf;
use std::time::Instant;

use madoguchi_proto::driverhost::v1::driver_host_service_client::DriverHostServiceClient;

use super::{Error, Quantiles, on_own_runtime};
use crate::child::Role;
use crate::logging::Logging;
use crate::plugin::inspect;
use crate::spawner::Spawner;
use crate::{Options, wire};

/// What to measure.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// The gateway's own binary.
    pub program: PathBuf,
    /// The plugin's folder.
    pub plugin: PathBuf,
    /// The driver's section of the configuration, a JSON object; nothing where there is none.
    pub settings: String,
    /// How many processes are started, one after the other.
    pub starts: usize,
}

/// Measures exec, the handshake over the socket and the loading of the plugin; no reader is looked for.
///
/// # Errors
/// [`enum@Error`] where there is nothing to measure.
pub fn start(options: StartOptions) -> Result<Quantiles, Error> {
    on_own_runtime(async move || measure(&options).await)
}

async fn measure(options: &StartOptions) -> Result<Quantiles, Error> {
    let logging = Logging {
        filter: "off".into(),
        ..Logging::default()
    };
    let plugin = inspect(&options.plugin, &Options::default()).map_err(|refused| refused.problem)?;
    let spawner = Spawner::start(options.program.clone(), logging)?;
    let mut took = Vec::new();
    for _ in 0..options.starts {
        let request = wire::load_request(&plugin, options.settings.clone());
        let began = Instant::now();
        let mut spawned = spawner.spawn(Role::Driver).await?;
        let mut driver = DriverHostServiceClient::new(spawned.end.connect().await?);
        driver.load_driver(request).await.map_err(Box::new)?;
        took.push(began.elapsed());
        spawned.process.kill().await?;
    }
    Ok(Quantiles::of(took))
}
