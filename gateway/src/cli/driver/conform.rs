//! `driver conform`: the rules that a driver must keep, tried on a reader with whoever lends a hand.

mod hands;

use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use madoguchi_driver_host::{Options, SigningKey, inspect};
use madoguchi_driver_testkit::{Badge, Subject, run, serve};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::generation::GenerationArg;
use crate::cli::output::Output;
use hands::{Lent, Whose};

/// Which driver, on which reader, with whose hands.
#[derive(Debug, Args)]
pub struct ConformArgs {
    /// The plugin's folder, packed
    directory: PathBuf,
    /// The reader to try the rules on, as the driver calls it; left out, the one that does most
    #[arg(long, value_name = "SELECTOR")]
    device: Option<String>,
    /// Who acts on the device: none; terminal asks a person here; stage=HOST:PORT is a twin's stage; twin plugs a
    /// device of the house in, for the makers that have one
    #[arg(long, value_name = "none|terminal|stage=HOST:PORT|twin", default_value = "none", value_parser = Whose::parse)]
    hands: Whose,
    /// Which generation of the maker's readers `--hands twin` plugs in
    #[arg(long, value_enum, default_value_t = GenerationArg::New)]
    generation: GenerationArg,
    /// What the driver is told of the configuration, as a line of its `drivers.settings`; may be given several times
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<Map<String, Value>>,
    /// Try this rule only; may be given several times, and earns no badge
    #[arg(long = "rule", value_name = "ID", conflicts_with = "badge")]
    rules: Vec<String>,
    /// Write a badge there where the driver conforms
    #[arg(long, value_name = "FILE", requires = "key")]
    badge: Option<PathBuf>,
    /// The private key that signs the badge: Ed25519, PEM (PKCS#8)
    #[arg(long, value_name = "FILE", requires = "badge")]
    key: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// One setting: a line of TOML.
fn setting(line: &str) -> Result<Map<String, Value>, String> {
    toml::from_str(line)
        .map_err(|_| "it is no line of TOML, such as port = 47110 or address = \"::1\"".to_owned())
}

/// Tries the rules.
pub(super) fn conform(arguments: &ConformArgs) -> Result<Exit, Error> {
    let output = Output::new(arguments.json);
    // A key that cannot be read is said before minutes are spent.
    let key = match &arguments.key {
        Some(path) => Some(SigningKey::read(path).map_err(|error| Error::Key(Box::new(error)))?),
        None => None,
    };
    let plugin = inspect(&arguments.directory, &Options::default())
        .map_err(|refused| Error::Conform(Box::new(refused)))?;
    let mut lent = Lent::new(
        &arguments.hands,
        plugin.manifest.id.as_str(),
        arguments.generation.into(),
    )?;
    let given = arguments.settings.iter().flatten();
    let settings = lent.settings(given.map(|(key, value)| (key.clone(), value.clone())).collect());
    let mut subject = Subject::new(plugin, settings);
    subject.selector = arguments.device.clone().or_else(|| lent.selector());
    subject.only.clone_from(&arguments.rules);
    let program = std::env::current_exe()?;
    let environment = lent.environment();
    let mut child = || {
        let mut command = Command::new(&program);
        command.arg("driver-conform").envs(environment.iter().cloned());
        command
    };
    let mut told = |rule: &madoguchi_driver_testkit::RuleReport| {
        // Nobody who reads no more has to be told; the report is said again at the end.
        let _ = output.say(rule);
    };
    let report = run(&subject, &mut child, lent.hands(), &mut told)
        .map_err(|error| Error::Conform(Box::new(error)))?;
    output.answer(&report, |report| report.summary())?;
    if let (Some(path), Some(key), true) = (&arguments.badge, &key, report.conforms()) {
        let badge = Badge::of(&report, OffsetDateTime::now_utc())
            .and_then(|badge| badge.signed(key))
            .map_err(|error| Error::Conform(Box::new(error)))?;
        std::fs::write(path, badge).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
    }
    Ok(if report.conforms() {
        Exit::Completed
    } else {
        Exit::Reader
    })
}

/// The driver's process.
///
/// # Errors
/// Where nobody started it.
pub(in crate::cli) fn child() -> Result<Exit, Error> {
    serve()?;
    Ok(Exit::Completed)
}
