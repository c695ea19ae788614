//! `madoguchi demo`: the whole line on virtual readers.

use std::net::SocketAddr;

use clap::Args;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// How the demo is played.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after the visits, with exit 1 where one did not end as its persona must end; else the gateway stays open
    #[arg(long)]
    once: bool,
    /// Where the gateway listens, such as 127.0.0.1:8765; a port that is free where it is not given
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Keep the folder with configuration, database and log
    #[arg(long)]
    keep: bool,
    /// Print one JSON object a visit, and one with the gateway's address when guests may come
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
        listen: arguments.listen,
        keep: arguments.keep,
    };
    Box::pin(crate::demo::play(options, Output::new(arguments.json))).await
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
