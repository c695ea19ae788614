//! What the tests start where the gateway would start itself.
//!
//! `driver-host` is the child. `supervise DIR` is a gateway that has nothing but drivers: it prints the process id of
//! the first one when all are ready, and stays. `supervise DIR READER` does so while a call to that reader hangs.
//! `bench FOLDER` prints what a call to the plugin in that folder costs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use madoguchi_core::ReaderId;
use madoguchi_driver_api::control::{ECHO, FIRST_MAKER_CODE};
use madoguchi_driver_host::bench::{PluginCallOptions, plugin_call};
use madoguchi_driver_host::{CallOptions, Drivers, Logging, Options, child};

/// As in the fixtures.
const HANG: u32 = FIRST_MAKER_CODE + 2;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [child::SUBCOMMAND] => child::run().map_err(|error| error.to_string()),
        ["supervise", directory] => supervise(directory, None),
        ["supervise", directory, reader] => supervise(directory, Some(reader)),
        ["bench", folder] => bench(folder),
        _ => Err("driver-host | supervise DIR [READER] | bench FOLDER".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => {
            say(&line);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the test reads it")]
fn say(line: &str) {
    println!("{line}");
}

fn supervise(directory: &str, hanging: Option<&str>) -> Result<(), String> {
    let calls = CallOptions {
        control_timeout_ms: 600_000,
        ..CallOptions::default()
    };
    let options = Options {
        directory: PathBuf::from(directory),
        calls,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let drivers = Drivers::start(options, program, Logging::default()).await;
        let drivers = drivers.map_err(|error| error.to_string())?;
        drivers.ready().await;
        if let Some(reader) = hanging {
            hang(
                &drivers,
                &ReaderId::new(reader).map_err(|error| error.to_string())?,
            )
            .await?;
        }
        let pid = drivers.drivers().first().and_then(|driver| driver.process_id);
        say(&pid.ok_or("no process")?.to_string());
        std::future::pending().await
    })
}

fn bench(folder: &str) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let options = PluginCallOptions {
        program,
        plugin: PathBuf::from(folder),
        payload_len: 100,
        calls: 10_000,
    };
    let report = plugin_call(options).map_err(|error| error.to_string())?;
    say(&serde_json::to_string(&report).map_err(|error| error.to_string())?);
    Ok(())
}

/// Makes a call hang, and makes sure that it does: an echo behind it does not come back.
async fn hang(drivers: &Drivers, reader: &ReaderId) -> Result<(), String> {
    let (hanging, at) = (drivers.clone(), reader.clone());
    tokio::spawn(async move { hanging.control(&at, HANG, Vec::new()).await });
    tokio::task::yield_now().await;
    let echo = tokio::time::timeout(
        Duration::from_millis(300),
        drivers.control(reader, ECHO, Vec::new()),
    );
    match echo.await {
        Err(_) => Ok(()),
        Ok(answer) => Err(format!("the reader does not hang: {answer:?}")),
    }
}
