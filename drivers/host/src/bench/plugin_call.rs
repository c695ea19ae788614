//! A driver call through the child process, against a bare tonic call over the same kind of socket.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use madoguchi_driver_api::control::ECHO;
use madoguchi_proto::driverhost::v1::driver_host_service_client::DriverHostServiceClient;
use madoguchi_proto::driverhost::v1::echo_service_client::EchoServiceClient;
use madoguchi_proto::driverhost::v1::{ControlReaderRequest, EchoRequest, WatchReadersRequest};
use serde::Serialize;
use tonic::transport::Channel;

use super::{Error, Quantiles, on_own_runtime};
use crate::child::Role;
use crate::connection::Client;
use crate::logging::Logging;
use crate::plugin::inspect;
use crate::spawner::Spawner;
use crate::{Options, wire};

/// Calls of one kind in a row. Both kinds take turns by batch, as a thread that still looks for work after a driver
/// call must not disturb the bare call behind it.
const BATCH: usize = 100;
/// Batches of each kind that are not counted.
const WARM_UP: usize = 5;

/// What to measure.
#[derive(Debug, Clone)]
pub struct PluginCallOptions {
    /// The gateway's own binary.
    pub program: PathBuf,
    /// The plugin's folder.
    pub plugin: PathBuf,
    /// Length of what is echoed.
    pub payload_len: usize,
    /// How many calls of each kind.
    pub calls: usize,
}

/// What it took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PluginCallReport {
    /// How many calls of each kind.
    pub calls: usize,
    /// Length of what was echoed.
    pub payload_bytes: usize,
    /// A driver's echo: gateway, socket, child, the reader's thread, the plugin, and back.
    pub driver_call: Quantiles,
    /// The same payload in a bare unary call to a process that only echoes.
    pub bare_call: Quantiles,
    /// The medians' ratio.
    pub ratio: f64,
}

/// Measures, with two child processes that end with the measurement.
///
/// # Errors
/// [`enum@Error`] where there is nothing to measure.
pub fn plugin_call(options: PluginCallOptions) -> Result<PluginCallReport, Error> {
    on_own_runtime(async move || measure(&options).await)
}

async fn measure(options: &PluginCallOptions) -> Result<PluginCallReport, Error> {
    let logging = Logging {
        filter: "warn".into(),
        ..Logging::default()
    };
    let spawner = Spawner::start(options.program.clone(), logging)?;
    let driver_process = spawner.spawn(Role::Driver).await?;
    let mut driver = DriverHostServiceClient::new(driver_process.end.connect().await?);
    let selector = load(&mut driver, options).await?;
    let bare_process = spawner.spawn(Role::Echo).await?;
    let mut bare = EchoServiceClient::new(bare_process.end.connect().await?);

    let payload = vec![0x5A; options.payload_len];
    let batches = options.calls.div_ceil(BATCH);
    let (mut driver_took, mut bare_took) = (Vec::new(), Vec::new());
    for batch in 0..WARM_UP + batches {
        let driver_batch = driver_batch(&mut driver, &selector, &payload).await?;
        let bare_batch = bare_batch(&mut bare, &payload).await?;
        if batch >= WARM_UP {
            driver_took.extend(driver_batch);
            bare_took.extend(bare_batch);
        }
    }
    let calls = driver_took.len();
    let (driver_call, bare_call) = (Quantiles::of(driver_took), Quantiles::of(bare_took));
    let ratio = driver_call.ratio_to(&bare_call);
    Ok(PluginCallReport {
        calls,
        payload_bytes: payload.len(),
        driver_call,
        bare_call,
        ratio,
    })
}

/// Loads the plugin; the selector of its first reader.
async fn load(driver: &mut Client, options: &PluginCallOptions) -> Result<String, Error> {
    let plugin = inspect(&options.plugin, &Options::default()).map_err(|refused| refused.problem)?;
    driver
        .load_driver(wire::load_request(&plugin, String::new()))
        .await
        .map_err(Box::new)?;
    let mut lists = driver
        .watch_readers(WatchReadersRequest {})
        .await
        .map_err(Box::new)?
        .into_inner();
    let first = lists.message().await.map_err(Box::new)?;
    let reader = first.and_then(|list| list.readers.into_iter().next());
    reader.map(|reader| reader.selector).ok_or(Error::NoReader)
}

async fn driver_batch(driver: &mut Client, selector: &str, payload: &[u8]) -> Result<Vec<Duration>, Error> {
    let mut took = Vec::with_capacity(BATCH);
    for _ in 0..BATCH {
        let request = ControlReaderRequest {
            selector: selector.to_owned(),
            code: ECHO,
            input: payload.to_vec(),
            timeout_ms: 5_000,
        };
        let begun = Instant::now();
        let answer = driver
            .control_reader(request)
            .await
            .map_err(Box::new)?
            .into_inner();
        took.push(begun.elapsed());
        if answer.output != payload {
            return Err(Error::WrongAnswer);
        }
    }
    Ok(took)
}

async fn bare_batch(bare: &mut EchoServiceClient<Channel>, payload: &[u8]) -> Result<Vec<Duration>, Error> {
    let mut took = Vec::with_capacity(BATCH);
    for _ in 0..BATCH {
        let request = EchoRequest {
            payload: payload.to_vec(),
        };
        let begun = Instant::now();
        let answer = bare.echo(request).await.map_err(Box::new)?.into_inner();
        took.push(begun.elapsed());
        if answer.payload != payload {
            return Err(Error::WrongAnswer);
        }
    }
    Ok(took)
}
