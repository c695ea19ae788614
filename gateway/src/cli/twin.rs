//! `madoguchi twin`: simulated cards and face readers, and what a test gateway needs to trust them.

mod device;
mod hand;
mod stage;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use madoguchi_core::{Clock as _, clock::SystemClock};
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::signal;

/// Simulated cards, phones and face readers
#[derive(Debug, Subcommand)]
pub enum TwinCommand {
    /// Put a card on a vpcd until Ctrl-C pulls it; with --json one object when it is put on and one when it is pulled
    Card(CardArgs),
    /// Run a maker's face reader until Ctrl-C unplugs it; at a terminal you are the patient
    Device(device::DeviceArgs),
    /// Do one thing to a face reader that runs elsewhere, and print what it shows then
    Stage(stage::StageArgs),
    /// List the made-up people that come with madoguchi
    Personas(PrintArgs),
    /// Print the test authority's root as PEM, to be put into trust.anchors of a test gateway
    Ca(PrintArgs),
    /// Print a persona's certificate as PEM, as of today, for `certificate verify --chain`
    Certificate(CertificateArgs),
}

/// Whose card, and where.
#[derive(Debug, Args)]
pub struct CardArgs {
    /// Where vpcd listens, such as 127.0.0.1:35963
    #[arg(long, value_name = "HOST:PORT")]
    connect: String,
    /// A persona that comes with madoguchi, or the path of a persona file
    #[arg(long, value_name = "NAME|FILE")]
    persona: String,
    /// What goes wrong: a file with keys such as pull_at_apdu, delay_ms, no_extended_length
    #[arg(long, value_name = "TOML")]
    faults: Option<PathBuf>,
    #[command(flatten)]
    print: PrintArgs,
}

/// Whose certificate.
#[derive(Debug, Args)]
pub struct CertificateArgs {
    /// A persona that comes with madoguchi, or the path of a persona file
    #[arg(long, value_name = "NAME|FILE")]
    persona: String,
    #[command(flatten)]
    print: PrintArgs,
}

/// How to print.
#[derive(Debug, Args)]
pub struct PrintArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl TwinCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Card(arguments) => arguments.print.json,
            Self::Device(arguments) => arguments.print.json,
            Self::Stage(arguments) => arguments.print.json,
            Self::Certificate(arguments) => arguments.print.json,
            Self::Personas(print) | Self::Ca(print) => print.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where a persona or file cannot be used.
    pub async fn run(self) -> Result<Exit, Error> {
        let output = Output::new(self.is_json());
        match self {
            Self::Card(arguments) => card(arguments, output).await?,
            Self::Device(arguments) => device::run(arguments, output).await?,
            Self::Stage(arguments) => stage::run(&arguments, output)?,
            Self::Personas(_) => personas(output)?,
            Self::Ca(_) => {
                let pem = TestCa::new()?.root_pem();
                output.answer(&Pem { pem }, Pem::text)?;
            }
            Self::Certificate(arguments) => {
                let persona = find(&arguments.persona)?;
                let pem = TestCa::new()?.issue_pem(&persona, SystemClock.now())?;
                output.answer(&Pem { pem }, Pem::text)?;
            }
        }
        Ok(Exit::Completed)
    }
}

#[derive(Debug, Serialize)]
struct Pem {
    pem: String,
}

impl Pem {
    fn text(&self) -> String {
        self.pem.trim_end().to_owned()
    }
}

#[derive(Debug, Serialize)]
struct Personas {
    personas: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    medium: &'static str,
    sentence: String,
    sentence_ja: String,
}

fn personas(output: Output) -> Result<(), Error> {
    let personas: Vec<_> = Persona::all()?
        .iter()
        .map(|persona| Line {
            name: persona.name().to_owned(),
            medium: persona.medium().as_str(),
            sentence: persona.sentence().to_owned(),
            sentence_ja: persona.sentence_ja().to_owned(),
        })
        .collect();
    let text = |list: &Personas| {
        let lines = list
            .personas
            .iter()
            .map(|line| format!("{}\t{}\t{}", line.name, line.medium, line.sentence));
        lines.collect::<Vec<_>>().join("\n")
    };
    output.answer(&Personas { personas }, text)?;
    Ok(())
}

/// What happens to the card.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Inserted {
        persona: &'a str,
        medium: &'static str,
        connect: SocketAddr,
    },
    Pulled {
        apdus: u32,
        pins_sent: usize,
        tries_left: Option<u8>,
    },
}

async fn card(arguments: CardArgs, output: Output) -> Result<(), Error> {
    let stop = signal::stop_token()?;
    let persona = find(&arguments.persona)?;
    let faults: Faults = arguments
        .faults
        .as_deref()
        .map(faults)
        .transpose()?
        .unwrap_or_default();
    const CONNECT: Error = Error::Value {
        flag: "--connect",
        expected: "HOST:PORT, such as 127.0.0.1:35963",
    };
    let mut addresses = arguments.connect.to_socket_addrs().map_err(|_| CONNECT)?;
    let connect = addresses.next().ok_or(CONNECT)?;
    let chip = VirtualCard::new(&persona, &TestCa::new()?, SystemClock.now())?;
    let card = VpcdCard::connect(connect, chip, faults)?;
    let inserted = Event::Inserted {
        persona: persona.name(),
        medium: persona.medium().as_str(),
        connect,
    };
    output.answer(&inserted, |_| format!("{} Ctrl-C pulls it.", persona.sentence()))?;
    stop.cancelled().await;
    if let Ok(report) = card.remove() {
        let pulled = Event::Pulled {
            apdus: report.apdu_count,
            pins_sent: report.verify_count(),
            tries_left: report.tries_left,
        };
        output.answer(&pulled, |_| format!("Pulled after {} APDUs.", report.apdu_count))?;
    }
    Ok(())
}

/// A persona by its name, or from a file of that path.
fn find(name: &str) -> Result<Persona, Error> {
    match Persona::by_name(name)? {
        Some(persona) => Ok(persona),
        None if Path::new(name).exists() => Ok(Persona::load(Path::new(name))?),
        None => Err(Error::Value {
            flag: "--persona",
            expected: "a name that `madoguchi twin personas` lists, or the path of a persona file",
        }),
    }
}

/// What goes wrong, with a card or with a device.
fn faults<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| Error::Malformed {
        path: path.to_owned(),
        expected: "a list of faults",
        source: Box::new(source),
    })
}
