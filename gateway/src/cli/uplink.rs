//! `madoguchi uplink`: the lines that a gateway dials, and a door for trying them.

mod forward;
mod list;
mod listen;

use clap::Subcommand;

use crate::cli::error::Error;
use crate::cli::exit::Exit;

/// The lines that a gateway dials, from either end
#[derive(Debug, Subcommand)]
pub enum UplinkCommand {
    /// List the uplinks of a running gateway
    List(list::ListArgs),
    /// Be the far side, for trying: take the lines that gateways dial, say who came, and pass calls on to them
    Listen(listen::ListenArgs),
}

impl UplinkCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(arguments) => arguments.json,
            Self::Listen(arguments) => arguments.json,
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where the gateway cannot be asked, or the door cannot be opened.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::List(arguments) => list::run(arguments).await,
            Self::Listen(arguments) => listen::run(arguments).await,
        }
    }
}
