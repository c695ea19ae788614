//! The demo: a private PC/SC service, simulated cards and a real gateway process, visited by made-up patients through
//! the real gRPC interface. Everything that it starts ends with it.

mod error;
pub(crate) mod gateway;
mod patient;
mod readers;
mod scene;
mod stage;

pub use error::Error;

use tokio_util::sync::CancellationToken;

use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::visit::VisitLine;
use crate::cli::{Error as CliError, signal};
use scene::Scene;
use stage::Stage;

/// How the demo is played.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// One round and no more.
    pub once: bool,
    /// Leave the folder behind.
    pub keep: bool,
}

/// Plays the demo: one round, or round after round until the user stops it.
///
/// # Errors
/// Where something that the demo needs is not there.
pub async fn play(options: Options, output: Output) -> Result<Exit, CliError> {
    let stop = signal::stop_token()?;
    let scenes = Scene::all()?;
    let mut stage = match Stage::set(options.keep, output, &stop).await {
        Err(CliError::Interrupted) => return Ok(stopped(options)),
        stage => stage?,
    };
    let played = rounds(options, output, &scenes, &mut stage, &stop).await;
    stage.strike().await;
    played
}

async fn rounds(
    options: Options,
    output: Output,
    scenes: &[Scene],
    stage: &mut Stage,
    stop: &CancellationToken,
) -> Result<Exit, CliError> {
    loop {
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
                crate::cli::output::complain(format_args!("{}: expected {}", scene.title, scene.expected));
            }
        }
        output.say(format_args!(
            "\n{as_expected} of {} visits ended as they must.",
            scenes.len()
        ))?;
        if options.once {
            return Ok(if as_expected == scenes.len() {
                Exit::Completed
            } else {
                Exit::Mismatch
            });
        }
    }
}

/// Ctrl-C is how a demo without end ends; a round that was to be whole is not.
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
