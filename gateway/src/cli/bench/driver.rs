//! The two measurements of the driver's machinery. Without a plugin of the caller's, a stage with a virtual reader is set
//! and the program started again on it.

use std::time::{Duration, Instant};

use madoguchi_driver_host::bench::{
    self as measure, PluginCallOptions, PluginCallReport, Quantiles, TransmitOptions, TransmitReport,
};

use super::{PluginCallArgs, TransmitArgs};
use crate::bench::{Error as BenchError, stage};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::{block_on, signal};

/// PC/SC looks at its readers every 400 ms; a card that was just put on is waited for.
const CARD_TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn transmit(arguments: TransmitArgs) -> Result<Exit, Error> {
    let TransmitArgs {
        rounds,
        apdus,
        plugin,
        json,
    } = arguments;
    let Some(plugin) = plugin else {
        let numbers = [("--rounds", rounds), ("--apdus", apdus)];
        return on_stage("transmit", &numbers, json);
    };
    let options = TransmitOptions {
        plugin,
        selector: None,
        pcsc_reader: None,
        rounds: rounds as usize,
        apdus: apdus as usize,
    };
    let give_up = Instant::now() + CARD_TIMEOUT;
    let report = loop {
        match measure::transmit(options.clone()) {
            Err(measure::Error::NoCard) if Instant::now() < give_up => std::thread::sleep(PAUSE),
            measured => break measured.map_err(BenchError::from)?,
        }
    };
    Output::new(json).answer(&report, transmit_table)?;
    Ok(Exit::Completed)
}

pub(super) fn plugin_call(arguments: PluginCallArgs) -> Result<Exit, Error> {
    let PluginCallArgs {
        calls,
        payload,
        plugin,
        json,
    } = arguments;
    let Some(plugin) = plugin else {
        return on_stage("plugin-call", &[("--calls", calls), ("--payload", payload)], json);
    };
    let options = PluginCallOptions {
        program: std::env::current_exe()?,
        plugin,
        payload_len: payload as usize,
        calls: calls as usize,
    };
    let report = measure::plugin_call(options).map_err(BenchError::from)?;
    Output::new(json).answer(&report, plugin_call_table)?;
    Ok(Exit::Completed)
}

fn on_stage(name: &str, numbers: &[(&str, u32)], json: bool) -> Result<Exit, Error> {
    let mut arguments = vec!["bench".to_owned(), name.to_owned()];
    for (flag, number) in numbers {
        arguments.extend([(*flag).to_owned(), number.to_string()]);
    }
    arguments.extend(json.then(|| "--json".to_owned()));
    block_on(async move {
        let stop = signal::stop_token()?;
        let succeeded = stage::again(&arguments, &stop).await?;
        Ok(if stop.is_cancelled() {
            Exit::Cancelled
        } else if succeeded {
            Exit::Completed
        } else {
            Exit::Internal
        })
    })
}

fn transmit_table(report: &TransmitReport) -> String {
    let head = format!("{} rounds of {} APDUs each", report.rounds, report.apdus);
    table(
        &head,
        &[("driver", report.driver), ("bare pcsc crate", report.bare)],
        report.ratio,
    )
}

fn plugin_call_table(report: &PluginCallReport) -> String {
    let head = format!("{} calls of {} bytes each", report.calls, report.payload_bytes);
    table(
        &head,
        &[
            ("driver call", report.driver_call),
            ("bare call", report.bare_call),
        ],
        report.ratio,
    )
}

fn table(head: &str, lines: &[(&str, Quantiles)], ratio: f64) -> String {
    let mut text = format!("{head}\n  {:<20}{:>12}{:>12}{:>12}", "", "min", "median", "p99");
    for (
        name,
        Quantiles {
            min_us,
            median_us,
            p99_us,
        },
    ) in lines
    {
        text.push_str(&format!(
            "\n  {name:<20}{min_us:>9.1} µs{median_us:>9.1} µs{p99_us:>9.1} µs"
        ));
    }
    text.push_str(&format!("\n  ratio of the medians: {ratio:.3}"));
    text
}
