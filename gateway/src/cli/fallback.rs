//! `madoguchi fallback`: what may be done where a person could not be verified, and the cases until they are settled.

mod cases;
mod steps;

use clap::{Subcommand, ValueEnum};

use crate::cli::error::Error;
use crate::cli::exit::Exit;

/// What may be done where a person could not be verified
#[derive(Debug, Subcommand)]
pub enum FallbackCommand {
    /// Say the next steps in the ministry's order, without a gateway
    Steps(steps::StepsArgs),
    /// The visits that a fallback settled, at a running gateway
    #[command(subcommand)]
    Cases(Box<cases::CasesCommand>),
}

/// What the patient held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Presented {
    /// The card.
    Card,
    /// An Android phone.
    Android,
    /// An iPhone.
    Iphone,
    /// Neither card nor phone.
    Nothing,
}

impl FallbackCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::Steps(arguments) => arguments.is_json(),
            Self::Cases(command) => command.is_json(),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where the gateway cannot be asked, or says no.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Steps(arguments) => arguments.run(),
            Self::Cases(command) => command.run().await,
        }
    }
}
