//! The command line: stable names, one JSON object a command with `--json`, one exit code per class of outcome.

pub mod audit;
pub mod bench;
pub mod certificate;
pub mod check_in;
pub mod consent;
pub mod deferral;
pub mod demo;
pub mod driver;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod fallback;
mod generation;
pub mod moment;
pub mod output;
pub mod proof;
pub mod readers;
pub mod remote;
mod resume;
pub mod run;
pub mod signal;
pub mod twin;
pub mod uplink;
pub mod usage;
pub mod visit;
pub mod wire;

use std::ffi::OsString;
use std::io;

use clap::{Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

pub use error::Error;
pub use exit::Exit;
use madoguchi_driver_host::forbid_core_dumps;
use output::{Output, complain};

/// madoguchi: checks patients in with マイナ保険証, from the card on a reader to the eligibility answer
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, after_help = exit::HELP, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway until SIGINT or SIGTERM
    Run(run::RunArgs),
    /// Play the visits of made-up patients on virtual readers, explained in plain words
    Demo(demo::DemoArgs),
    /// Check one patient in at a counter of a running gateway
    #[command(after_help = exit::HELP)]
    CheckIn(check_in::CheckInArgs),
    /// The readers of a running gateway
    #[command(subcommand)]
    Readers(readers::ReadersCommand),
    /// The drivers: makers' plugins and the processes that run them
    #[command(subcommand)]
    Driver(driver::DriverCommand),
    /// Checks that were put off while the eligibility service was away (後日確認)
    #[command(subcommand)]
    Deferral(deferral::DeferralCommand),
    /// The lines that a gateway dials, from either end
    #[command(subcommand)]
    Uplink(uplink::UplinkCommand),
    /// Certificates, without a gateway
    #[command(subcommand)]
    Certificate(certificate::CertificateCommand),
    /// Evidence of visits: checked without a gateway, fetched from one
    #[command(subcommand)]
    Evidence(evidence::EvidenceCommand),
    /// Consent receipts: checked without a gateway, listed and taken back at one
    #[command(subcommand)]
    Consent(consent::ConsentCommand),
    /// The audit log: how it is, exports, and their examination without a gateway
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// How often the insurance card is used (利用率)
    #[command(subcommand)]
    Usage(usage::UsageCommand),
    /// What may be done where a person could not be verified
    #[command(subcommand)]
    Fallback(fallback::FallbackCommand),
    /// Simulated cards and phones
    #[command(subcommand)]
    Twin(twin::TwinCommand),
    /// Measure, beside floors that are measured in the same run
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// One maker's plugin; the gateway starts it
    #[command(hide = true)]
    DriverHost,
    /// One maker's plugin under the rules; `driver conform` starts it
    #[command(hide = true)]
    DriverConform,
}

/// Parses, runs and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let command = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command,
        Err(refused) => {
            // Help and version come this way too. Where nobody reads, there is nothing to be done.
            let _ = refused.print();
            return if refused.use_stderr() {
                Exit::Usage
            } else {
                Exit::Completed
            };
        }
    };
    let output = Output::new(command.is_json());
    match command.run() {
        Ok(exit) => exit,
        Err(error) => failed(&error, output),
    }
}

fn failed(error: &Error, output: Output) -> Exit {
    if let Error::Terminal(source) = error
        && source.kind() == io::ErrorKind::BrokenPipe
    {
        // `madoguchi … | head`: nobody wants to hear more.
        return Exit::Completed;
    }
    complain(format_args!("madoguchi: {error}"));
    if output == Output::Json {
        // The complaint was said already where this cannot be.
        let _ = output.answer(&error.report(), |_| "");
    }
    error.exit()
}

impl Command {
    const fn is_json(&self) -> bool {
        match self {
            Self::Run(arguments) => arguments.json,
            Self::Demo(arguments) => arguments.json,
            Self::CheckIn(arguments) => arguments.json,
            Self::Readers(command) => command.is_json(),
            Self::Driver(command) => command.is_json(),
            Self::Deferral(command) => command.is_json(),
            Self::Uplink(command) => command.is_json(),
            Self::Certificate(command) => command.is_json(),
            Self::Evidence(command) => command.is_json(),
            Self::Consent(command) => command.is_json(),
            Self::Audit(command) => command.is_json(),
            Self::Usage(command) => command.is_json(),
            Self::Fallback(command) => command.is_json(),
            Self::Twin(command) => command.is_json(),
            Self::Bench(command) => command.is_json(),
            Self::DriverHost | Self::DriverConform => false,
        }
    }

    fn run(self) -> Result<Exit, Error> {
        if matches!(self, Self::DriverConform) {
            // Made-up digits only, and it has to look for them in its own memory, which the next line would forbid.
            return driver::conform_child();
        }
        // PINs and certificates go through nearly every command.
        forbid_core_dumps()?;
        match self {
            Self::Run(arguments) => run::run(&arguments),
            Self::Demo(arguments) => block_on(demo::run(arguments)),
            Self::CheckIn(arguments) => block_on(check_in::run(arguments)),
            Self::Readers(command) => block_on(command.run()),
            Self::Driver(command) => block_on(command.run()),
            Self::Deferral(command) => block_on(command.run()),
            Self::Uplink(command) => block_on(command.run()),
            Self::Certificate(command) => command.run(),
            Self::Evidence(command) => block_on(command.run()),
            Self::Consent(command) => block_on(command.run()),
            Self::Audit(command) => block_on(command.run()),
            Self::Usage(command) => block_on(command.run()),
            Self::Fallback(command) => block_on(command.run()),
            Self::Twin(command) => block_on(command.run()),
            Self::Bench(command) => command.run(),
            Self::DriverHost => driver::host(),
            Self::DriverConform => driver::conform_child(),
        }
    }
}

/// Runs a command that waits for others most of the time.
fn block_on(command: impl Future<Output = Result<Exit, Error>>) -> Result<Exit, Error> {
    let runtime: Runtime = Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(Box::pin(command));
    // A thread that waits at the terminal must not keep the program.
    runtime.shutdown_background();
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound_and_help_names_the_exit_codes() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        let help = command.render_help().to_string();
        assert!(help.contains("  64\t"), "{help}");
        assert!(
            !help.contains("driver-host") && !help.contains("driver-conform"),
            "{help}"
        );
    }
}
