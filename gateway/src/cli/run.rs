//! `madoguchi run`: the gateway.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use tokio::runtime::Builder;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::signal;
use crate::config::Config;
use crate::telemetry;

/// What to run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The configuration; `deploy/config/madoguchi.toml` explains every key
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Print one JSON object with the address when the gateway serves; its log goes to standard error in either case
    #[arg(long)]
    pub(super) json: bool,
    /// End in order also when standard input ends, for a program whose gateway must not outlive it
    #[arg(long, hide = true)]
    until_input_ends: bool,
}

/// What a machine that starts a gateway waits for.
#[derive(Debug, Serialize)]
struct Ready {
    address: SocketAddr,
    ready_ms: f64,
}

/// Runs the gateway until it is asked to end.
///
/// # Errors
/// What is to be mended in the configuration, before any port or reader is opened; or why it could not serve.
pub fn run(arguments: &RunArgs) -> Result<Exit, Error> {
    let began = Instant::now();
    let config = Config::load(&arguments.config).map_err(Error::Config)?;
    telemetry::start(&config.log).map_err(|error| Error::Gateway(Box::new(error)))?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(Box::pin(serve(config, arguments, began)));
    // What still waits in a thread of its own has been told to end and is not worth waiting for.
    runtime.shutdown_background();
    ended.map(|()| Exit::Completed)
}

async fn serve(config: Config, arguments: &RunArgs, began: Instant) -> Result<(), Error> {
    let output = Output::new(arguments.json);
    let stop = signal::stop_token()?;
    if arguments.until_input_ends {
        signal::stop_at_end_of_input(&stop)?;
    }
    let app = config.build().await.map_err(Error::Config)?;
    let address = app.local_addr();
    let ready = app.ready();
    let serving = app.run(stop.cancelled_owned());
    let told = async {
        ready.await;
        let ready_ms = began.elapsed().as_secs_f64() * 1_000.0;
        output.answer(&Ready { address, ready_ms }, |ready| {
            format!("madoguchi serves at {}", ready.address)
        })
    };
    tokio::pin!(serving);
    // What is asked to end before it was ready never tells. Where nobody reads standard output any more the gateway
    // serves all the same.
    let served = tokio::select! {
        served = &mut serving => served,
        _told = told => serving.await,
    };
    served.map_err(Error::Config)
}
