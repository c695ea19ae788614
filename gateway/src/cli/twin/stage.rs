//! `madoguchi twin stage`: one act on a face reader that runs elsewhere.

use std::net::SocketAddr;

use clap::Args;
use madoguchi_twin::device::{Act, StageClient, State};

use super::{PrintArgs, hand};
use crate::cli::error::Error;
use crate::cli::output::Output;

/// Where, and what.
#[derive(Debug, Args)]
#[command(after_help = hand::WORDS)]
pub struct StageArgs {
    /// Where the stage listens, as `twin device` printed it
    #[arg(value_name = "HOST:PORT")]
    address: SocketAddr,
    /// What to do: see below; nothing only looks
    #[arg(value_name = "COMMAND", allow_hyphen_values = true)]
    command: Vec<String>,
    #[command(flatten)]
    pub(super) print: PrintArgs,
}

/// Does it.
///
/// # Errors
/// Where the words are none, or the device does not do it.
pub(super) fn run(arguments: &StageArgs, output: Output) -> Result<(), Error> {
    let mut client = StageClient::connect(arguments.address)?;
    let before = client.act(Act::Look)?;
    let words = arguments.command.join(" ");
    let act = hand::act(&words, &before, super::device::USUAL_PERSONA).map_err(Error::Usage)?;
    let after: State = client.act(act)?;
    output.answer(&after, hand::picture)?;
    Ok(())
}
