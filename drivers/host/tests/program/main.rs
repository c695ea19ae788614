//! What the tests start where the gateway would start itself.
//!
//! `driver-host` is the child. `supervise DIR` is a gateway that has nothing but drivers: it prints the process id of
//! the first one when all are ready, and stays. `supervise DIR READER` does so while a call to that reader hangs.
//! `bench FOLDER` prints what a call to the plugin in that folder costs, `transmit FOLDER` what an APDU costs.
//! `visit DIR` plays one visit with PIN 1234 on the first reader, and prints what it cost or why it failed; `visits DIR`
//! plays two, one after the other. `unreadable` forbids core dumps and prints what the system says of itself then.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use madoguchi_core::reader::Readers as _;
use madoguchi_core::{Pin, ReaderId, Reason};
use madoguchi_driver_api::control::{ECHO, FIRST_MAKER_CODE};
use madoguchi_driver_host::bench::{PluginCallOptions, TransmitOptions, plugin_call, transmit};
use madoguchi_driver_host::{CallOptions, Drivers, Logging, Options, child, forbid_core_dumps};

/// As in the fixtures.
const HANG: u32 = FIRST_MAKER_CODE + 2;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [child::SUBCOMMAND] => child::run().map_err(|error| error.to_string()),
        ["supervise", directory] => supervise(directory, None),
        ["supervise", directory, reader] => supervise(directory, Some(reader)),
        ["bench", folder] => bench(folder),
        ["transmit", folder] => measure_transmit(folder),
        ["visit", directory] => visit(directory, 1),
        ["visits", directory] => visit(directory, 2),
        ["unreadable"] => unreadable(),
        _ => Err("see the first lines of this program's source".to_owned()),
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
    say(&format!("{report:?}"));
    Ok(())
}

fn measure_transmit(folder: &str) -> Result<(), String> {
    let plugin = PathBuf::from(folder);
    let options = TransmitOptions {
        plugin,
        selector: None,
        pcsc_reader: None,
        rounds: 20,
        apdus: 100,
    };
    let report = transmit(options).map_err(|error| error.to_string())?;
    say(&format!("{report:?}"));
    Ok(())
}

fn visit(directory: &str, times: usize) -> Result<(), String> {
    let options = Options {
        directory: PathBuf::from(directory),
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let drivers = Drivers::start(options, program, Logging::default()).await;
        let drivers = drivers.map_err(|error| error.to_string())?;
        drivers.ready().await;
        let readers = drivers.snapshot().readers;
        let reader = readers.first().ok_or("no reader")?;
        for _ in 0..times {
            let played = play(&drivers, &reader.id).await;
            say(&played.unwrap_or_else(|reason| reason.code().to_owned()));
        }
        drivers.shutdown().await;
        Ok(())
    })
}

/// The limit, hard and soft, and whether the process may be dumped all the same.
fn unreadable() -> Result<(), String> {
    forbid_core_dumps().map_err(|error| error.to_string())?;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
    let dumpable = rustix::process::dumpable_behavior().map_err(|error| error.to_string())?;
    say(&format!("{:?} {:?} {dumpable:?}", limit.current, limit.maximum));
    Ok(())
}

async fn play(drivers: &Drivers, reader: &ReaderId) -> Result<String, Reason> {
    // The lease before may still be giving the reader back.
    let mut lease = drivers.lease(reader, Duration::from_secs(10)).await?;
    lease.wait_for_card(Duration::from_secs(10)).await?;
    let medium = lease.open_card().await?.medium;
    let certificate = lease.read_certificate().await?;
    let status = lease.pin_status().await?;
    let pin = Pin::new(b"1234".to_vec()).map_err(|_| Reason::Internal)?;
    let verdict = lease.verify_pin(pin, false).await?;
    let signature = lease.sign(b"challenge").await?;
    let apdus = lease.close_card().await.apdu_count;
    let medium = medium.as_str();
    let (certificate, signature) = (certificate.as_bytes().len(), signature.len());
    Ok(format!(
        "{medium} {status:?} {verdict:?} certificate={certificate} signature={signature} apdus={apdus}"
    ))
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
