//! `madoguchi driver`: the makers' plugins, as a gateway runs them or as they lie in their folders.

mod badge;
mod conform;
mod inspect;
mod line;
mod new;
mod pack;
mod sign;
mod start;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use madoguchi_driver_host::{Options, Trust, TrustedKey, child, scan};
use madoguchi_proto::admin::v1::ListDriversRequest;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::remote::{Remote, Tls};
use badge::BadgeArgs;
use conform::ConformArgs;
pub(super) use conform::child as conform_child;
use line::{DriverLine, Drivers};
use new::NewArgs;
pub(in crate::cli) use new::NewError;
use pack::PackArgs;
use sign::{KeygenArgs, SignArgs};

/// The drivers: makers' plugins and the processes that run them
#[derive(Debug, Subcommand)]
pub enum DriverCommand {
    /// List the drivers of a running gateway, or without --endpoint the plugins in a folder; exit 13 where one is refused
    List(ListArgs),
    /// Check one plugin folder as the gateway would, up to loading it in a process of its own; exit 13 where it is
    /// refused
    Inspect(InspectArgs),
    /// Make a project for a new driver, outside of madoguchi: it builds, loads, and reads a card on a simulated reader
    New(NewArgs),
    /// Pack a built library and its manifest as the folder that a gateway loads
    Pack(PackArgs),
    /// Stop a driver's process and start it again at once; visits on its readers end
    Restart(start::RestartArgs),
    /// Start another process of a driver from its folder as it is now, and let it take over when no visit holds one of
    /// its readers; exit 13 where it does not start, and the old one goes on
    Upgrade(start::UpgradeArgs),
    /// Make a key pair to sign plugins with
    Keygen(KeygenArgs),
    /// Sign a packed plugin, so that gateways which trust the key load it
    Sign(SignArgs),
    /// Try the rules that a driver must keep; exit 13 where one is broken
    Conform(ConformArgs),
    /// Check a conformance badge, and that it is this plugin's; exit 13 where it is not good
    Badge(BadgeArgs),
}

/// Which drivers.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The gateway to ask
    #[arg(long, value_name = "URL", conflicts_with_all = ["plugins", "keys"])]
    endpoint: Option<String>,
    #[command(flatten)]
    tls: Tls,
    /// The folder to look into without a gateway; `plugins` beside this program where it is not given
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    #[command(flatten)]
    trusted: TrustedKeys,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Whose signature a plugin has to have, where no gateway's configuration says it.
#[derive(Debug, Args)]
struct TrustedKeys {
    /// A maker's public key; where one is given a plugin has to be signed by one of them, as at a gateway that trusts
    /// these; may be given several times
    #[arg(long = "trusted-key", value_name = "PEM")]
    keys: Vec<PathBuf>,
}

impl TrustedKeys {
    fn trust(&self) -> Result<Option<Trust>, Error> {
        let keys = read_keys(&self.keys)?;
        Ok((!keys.is_empty()).then(|| Trust {
            keys,
            ..Trust::default()
        }))
    }
}

fn read_keys(paths: &[PathBuf]) -> Result<Vec<TrustedKey>, Error> {
    let read = |path: &PathBuf| TrustedKey::read(path).map_err(|error| Error::Key(Box::new(error)));
    paths.iter().map(read).collect()
}

/// Which plugin.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The plugin's folder
    directory: PathBuf,
    #[command(flatten)]
    trusted: TrustedKeys,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl DriverCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(arguments) => arguments.json,
            Self::Inspect(arguments) => arguments.json,
            Self::New(arguments) => arguments.json,
            Self::Pack(arguments) => arguments.json,
            Self::Restart(arguments) => arguments.is_json(),
            Self::Upgrade(arguments) => arguments.is_json(),
            Self::Keygen(arguments) => arguments.json,
            Self::Sign(arguments) => arguments.json,
            Self::Conform(arguments) => arguments.json,
            Self::Badge(arguments) => arguments.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where gateway or folder cannot be asked.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::List(arguments) => list(arguments).await,
            Self::Inspect(arguments) => {
                let line = inspect::inspect(&arguments.directory, arguments.trusted.trust()?).await?;
                let exit = line.exit();
                Output::new(arguments.json).answer(&line, ToString::to_string)?;
                Ok(exit)
            }
            Self::New(arguments) => new::new(&arguments),
            Self::Pack(arguments) => pack::pack(&arguments),
            Self::Restart(arguments) => arguments.run().await,
            Self::Upgrade(arguments) => arguments.run().await,
            Self::Keygen(arguments) => sign::keygen(&arguments),
            Self::Sign(arguments) => sign::sign(&arguments),
            Self::Conform(arguments) => conform::conform(&arguments),
            Self::Badge(arguments) => badge::badge(&arguments),
        }
    }
}

/// Runs one maker's plugin; the socket to the gateway is on standard input.
///
/// # Errors
/// Where the process cannot serve.
pub fn host() -> Result<Exit, Error> {
    child::run().map_err(|error| match error {
        child::Error::ByHand => Error::Usage("driver-host is started by the gateway itself, never by hand"),
        error => Error::Gateway(Box::new(error)),
    })?;
    Ok(Exit::Completed)
}

async fn list(arguments: ListArgs) -> Result<Exit, Error> {
    let output = Output::new(arguments.json);
    let drivers: Vec<DriverLine> = match arguments.endpoint {
        Some(endpoint) => {
            let channel = Remote::new(endpoint, arguments.tls).connect().await?;
            let answer = DriverAdminServiceClient::new(channel)
                .list_drivers(ListDriversRequest {})
                .await?;
            answer
                .into_inner()
                .drivers
                .into_iter()
                .map(DriverLine::from)
                .collect()
        }
        None if !arguments.tls.is_empty() => {
            return Err(Error::Usage("--ca, --cert and --key need --endpoint"));
        }
        None => {
            let directory = arguments.plugins.map_or_else(beside_program, Ok)?;
            let options = Options {
                directory,
                trust: arguments.trusted.trust()?,
                ..Options::default()
            };
            let found = scan(&options).map_err(|error| Error::Read {
                path: error.directory,
                source: error.source,
            })?;
            found.iter().map(DriverLine::from).collect()
        }
    };
    let refused = drivers.iter().any(DriverLine::is_refused);
    output.answer(&Drivers { drivers }, ToString::to_string)?;
    Ok(if refused { Exit::Reader } else { Exit::Completed })
}

fn beside_program() -> Result<PathBuf, Error> {
    let program = std::env::current_exe()?;
    Ok(program
        .parent()
        .map(|folder| folder.join("plugins"))
        .unwrap_or_default())
}
