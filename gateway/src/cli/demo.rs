//! `madoguchi demo`: the whole line on virtual readers.

use clap::Args;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// How the demo is played.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after one round; exit 1 where a visit did not end as its persona must end
    #[arg(long)]
    once: bool,
    /// Keep the folder with configuration, database and log
    #[arg(long)]
    keep: bool,
    /// Print one JSON object a visit
    #[arg(long)]
    pub(super) json: bool,
}

/// Plays it.
///
/// # Errors
/// Where something that the demo needs is not there.
#[cfg(unix)]
pub async fn run(arguments: DemoArgs) -> Result<Exit, Error> {
    let options = crate::demo::Options {
        once: arguments.once,
        keep: arguments.keep,
    };
    crate::demo::play(options, Output::new(arguments.json)).await
}

/// Says that it cannot be played here.
///
/// # Errors
/// Always: virtual readers are Debian's.
#[cfg(not(unix))]
pub async fn run(_arguments: DemoArgs) -> Result<Exit, Error> {
    Err(Error::Usage(
        "the demo needs pcscd with Debian's virtual reader, so it runs on Linux only",
    ))
}
