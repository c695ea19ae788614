//! `madoguchi bench`: measurements, each beside a floor of the same run.

#[cfg(unix)]
mod driver;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::error::Error;
use crate::cli::exit::Exit;

/// Measure, beside floors that are measured in the same run
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Whole visits a second with cards in memory, beside a bare echo with as many calls and database commits
    CheckIn(CheckInArgs),
    /// Certificate validations a second for a chain on RSA and one on P-384, beside the bare signature check of each
    Certificate(CertificateArgs),
    /// How soon a cancelled visit frees reader and counter, and how soon a reader serves again whose driver was killed,
    /// on the makers' twins
    Counter(CounterArgs),
    /// One APDU through the driver's machinery, beside the bare pcsc crate on the same reader
    Transmit(TransmitArgs),
    /// A driver call through its process, beside a bare call over the same kind of socket
    PluginCall(PluginCallArgs),
}

/// How much is measured.
#[derive(Debug, Args)]
pub struct CheckInArgs {
    /// Counters, each with a client of its own
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    clients: u16,
    /// Visits of each client in a round
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    visits: u32,
    /// Rounds that count
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How much is measured.
#[derive(Debug, Args)]
pub struct CertificateArgs {
    /// Rounds that count, the two taking turns
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Validations of each kind in a round
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    validations: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How much is measured, and with whose readers.
#[derive(Debug, Args)]
pub struct CounterArgs {
    /// Whose readers; all five makers' where none is named
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    makers: Vec<String>,
    /// Visits that are cancelled at each page
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cancels: u32,
    /// Times that each driver is killed
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    crashes: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How much is measured, and on which reader.
#[derive(Debug, Args)]
pub struct TransmitArgs {
    /// Rounds of the two, taking turns
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// APDUs of each in a round
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    apdus: u32,
    /// A packed PC/SC plugin, to measure with the readers of this computer; else a virtual reader with a card is made
    #[arg(long, value_name = "DIR")]
    plugin: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How much is measured, and with which plugin.
#[derive(Debug, Args)]
pub struct PluginCallArgs {
    /// Calls of each kind, taking turns by batch
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    calls: u32,
    /// Bytes there and back
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(0..=60_000))]
    payload: u32,
    /// A packed plugin that has a reader; else the PC/SC plugin on a virtual reader
    #[arg(long, value_name = "DIR")]
    plugin: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl BenchCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::CheckIn(arguments) => arguments.json,
            Self::Certificate(arguments) => arguments.json,
            Self::Counter(arguments) => arguments.json,
            Self::Transmit(arguments) => arguments.json,
            Self::PluginCall(arguments) => arguments.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where nothing could be measured.
    #[cfg(unix)]
    pub fn run(self) -> Result<Exit, Error> {
        match self {
            Self::CheckIn(arguments) => check_in(&arguments),
            Self::Certificate(arguments) => certificate(&arguments),
            Self::Counter(arguments) => counter(&arguments),
            Self::Transmit(arguments) => driver::transmit(arguments),
            Self::PluginCall(arguments) => driver::plugin_call(arguments),
        }
    }

    /// Says that it cannot be measured here.
    ///
    /// # Errors
    /// Always: driver processes are Unix's in this version.
    #[cfg(not(unix))]
    pub fn run(self) -> Result<Exit, Error> {
        Err(Error::Usage(
            "bench starts driver processes, which this version does on Unix only",
        ))
    }
}

#[cfg(unix)]
fn check_in(arguments: &CheckInArgs) -> Result<Exit, Error> {
    let CheckInArgs {
        clients,
        visits,
        rounds,
        json,
    } = *arguments;
    let options = crate::bench::check_in::Options {
        clients,
        visits,
        rounds,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(Box::pin(crate::bench::check_in::measure(options)))?;
    crate::cli::output::Output::new(json).answer(&report, ToString::to_string)?;
    Ok(Exit::Completed)
}

#[cfg(unix)]
fn certificate(arguments: &CertificateArgs) -> Result<Exit, Error> {
    let report = crate::bench::certificate::measure(arguments.rounds, arguments.validations)?;
    crate::cli::output::Output::new(arguments.json).answer(&report, ToString::to_string)?;
    Ok(Exit::Completed)
}

#[cfg(unix)]
fn counter(arguments: &CounterArgs) -> Result<Exit, Error> {
    use madoguchi_twin::device::makers::{MAKERS, Maker};

    let named = |name: &String| {
        Maker::by_name(name).ok_or(Error::Value {
            flag: "--makers",
            expected: "fujitsu, panasonic, almex, canon or atlas, with commas between them",
        })
    };
    let makers = match arguments.makers.as_slice() {
        [] => MAKERS.iter().filter(|maker| maker.name != "example").collect(),
        names => names.iter().map(named).collect::<Result<_, _>>()?,
    };
    let options = crate::bench::counter::Options {
        makers,
        cancels: arguments.cancels,
        crashes: arguments.crashes,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(Box::pin(crate::bench::counter::measure(options)))?;
    crate::cli::output::Output::new(arguments.json).answer(&report, ToString::to_string)?;
    Ok(Exit::Completed)
}
