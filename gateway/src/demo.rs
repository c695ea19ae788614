//! The demo: a private PC/SC service, simulated cards and a real gateway process, visited by made-up patients through
//! the real gRPC interface. Everything that it starts ends with it.

mod error;
pub(crate) mod gateway;
mod invitation;
mod patient;
mod readers;
mod scene;
mod stage;

pub use error::Error;

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use crate::cli::exit::Exit;
use crate::cli::output::{Output, complain};
use crate::cli::visit::VisitLine;
use crate::cli::{Error as CliError, signal};
use scene::{Scene, guest};
use stage::Stage;

/// How the demo is played.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The script and no more; else the gateway stays open for guests.
    pub once: bool,
    /// Where the gateway listens; any free port where it does not matter.
    pub listen: Option<SocketAddr>,
    /// Leave the folder behind.
    pub keep: bool,
}

/// Plays the demo: the script, and then an open gateway until the user stops it.
///
/// # Errors
/// Where something that the demo needs is not there.
pub async fn play(options: Options, output: Output) -> Result<Exit, CliError> {
    let stop = signal::stop_token()?;
    let scenes = Scene::all()?;
    let mut stage = match Stage::set(options, output, &stop).await {
        Err(CliError::Interrupted) => return Ok(stopped(options)),
        stage => stage?,
    };
    let played = perform(options, output, &scenes, &mut stage, &stop).await;
    stage.strike().await;
    played
}

async fn perform(
    options: Options,
    output: Output,
    scenes: &[Scene],
    stage: &mut Stage,
    stop: &CancellationToken,
) -> Result<Exit, CliError> {
    let mut as_expected = 0;
    for (index, scene) in scenes.iter().enumerate() {
        output.say(format_args!(
            "\n── Visit {} of {}: {} ──",
            index + 1,
            scenes.len(),
            scene.title
        ))?;
        let played = stage.play(scene, output, stop).await;
        if stop.is_cancelled() {
            return Ok(stopped(options));
        }
        let (end, line) = played?;
        output.answer(&line, |line| told(&end.sentence(), line))?;
        if scene.expected.is_met_by(&end) {
            as_expected += 1;
        } else {
            complain(format_args!("{}: expected {}", scene.title, scene.expected));
        }
    }
    output.say(format_args!(
        "\n{as_expected} of {} visits ended as they must.",
        scenes.len()
    ))?;
    if options.once && as_expected < scenes.len() {
        return Ok(Exit::Mismatch);
    }
    if !options.once {
        stage.open(&guest()?, output, stop).await?;
    }
    Ok(Exit::Completed)
}

/// Ctrl-C is how a demo with an open gateway ends; a script that was to be whole is not.
const fn stopped(options: Options) -> Exit {
    if options.once {
        Exit::Cancelled
    } else {
        Exit::Completed
    }
}

fn told(sentence: &str, line: &VisitLine) -> String {
    format!(
        "  Gateway: {}\n  ({} APDUs, {} ms)",
        sentence.replace('\n', "\n  "),
        line.apdus,
        line.elapsed_ms
    )
}
