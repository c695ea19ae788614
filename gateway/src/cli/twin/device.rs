//! `madoguchi twin device`: a maker's face reader, with a person or a persona in front of it.

use std::io::{BufRead as _, IsTerminal as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use madoguchi_twin::device::makers::{ChipSlot, Maker, Plug};
use madoguchi_twin::device::{Link, Options, Patient, Refused, Stage, TcpLink, Twin};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{PrintArgs, faults, find, hand};
use crate::cli::error::Error;
use crate::cli::generation::GenerationArg;
use crate::cli::output::{Output, complain};
use crate::cli::signal;

/// Who stands at a device unless somebody else is named.
pub(super) const USUAL_PERSONA: &str = "adult";
/// How long a patient who comes by himself stays at most.
const VISIT: Duration = Duration::from_secs(180);
/// How long a look at the device waits before it looks whether it is to end.
const LOOK: Duration = Duration::from_millis(500);

/// Which device, and who stands in front of it.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    /// Whose reader: fujitsu, panasonic, almex, canon, atlas, or example, which is no maker's
    #[arg(long, value_name = "NAME")]
    maker: String,
    /// Which generation of that maker's readers
    #[arg(long, value_enum, default_value_t = GenerationArg::New)]
    generation: GenerationArg,
    /// The serial number that it tells
    #[arg(long, default_value = "0001")]
    serial: String,
    /// The folder that stands for the bus: the link to the device is made there; needed but for devices over TCP
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The port in that folder; left out, 1-1 for a USB device and ttyUSB0 for a serial one
    #[arg(long)]
    port: Option<String>,
    /// Where the maker's service listens, for makers that have one; left out, on a port that is free
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<SocketAddr>,
    /// The vpcd of a maker whose card slot is a PC/SC reader, such as 127.0.0.1:35963
    #[arg(long, value_name = "HOST:PORT")]
    vpcd: Option<SocketAddr>,
    /// Where `twin stage` finds it; port 0 takes one that is free
    #[arg(long, value_name = "HOST:PORT")]
    stage: Option<SocketAddr>,
    /// Who stands in front of it: a persona that comes with madoguchi
    #[arg(long, value_name = "NAME", default_value = USUAL_PERSONA)]
    persona: String,
    /// The persona goes through visits by itself, one after the other
    #[arg(long)]
    auto: bool,
    /// What goes wrong with the device: a file with seed and faults
    #[arg(long, value_name = "TOML")]
    faults: Option<PathBuf>,
    #[command(flatten)]
    pub(super) print: PrintArgs,
}

/// What is said when it is plugged in.
#[derive(Debug, Serialize)]
struct PluggedIn {
    driver_id: &'static str,
    maker: String,
    model: String,
    serial: String,
    place: Option<String>,
    stage: Option<SocketAddr>,
    /// What its driver has to be told to find it, in `drivers.settings` of a gateway's configuration.
    settings: serde_json::Map<String, serde_json::Value>,
}

impl PluggedIn {
    fn text(&self) -> String {
        let place = self.place.as_deref().unwrap_or("nowhere");
        let stage = self.stage.map(|stage| format!(" Its stage is {stage}."));
        // A JSON value of these is a TOML value too.
        let settings: Vec<_> = self
            .settings
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        format!(
            "{} {} ({}) is plugged in: {place}.{} Ctrl-C unplugs it.\n\
             For a gateway: [drivers.settings] {} = {{ {} }}",
            self.maker,
            self.model,
            self.serial,
            stage.unwrap_or_default(),
            self.driver_id,
            settings.join(", ")
        )
    }
}

/// Runs it until Ctrl-C.
///
/// # Errors
/// Where there is no such maker, or it cannot be plugged in.
pub(super) async fn run(arguments: DeviceArgs, output: Output) -> Result<(), Error> {
    let stop = signal::stop_token()?;
    let persona = find(&arguments.persona)?.name().to_owned();
    let maker = Maker::by_name(&arguments.maker).ok_or(Error::Value {
        flag: "--maker",
        expected: "fujitsu, panasonic, almex, canon, atlas or example",
    })?;
    // A gateway that is told of it may run elsewhere.
    let folder = arguments.folder.as_deref().map(std::path::absolute).transpose()?;
    let options = options(&arguments, maker)?;
    let front = (maker.front)(&options.identity);
    let identity = options.identity.clone();
    let twin = Twin::start(options, front)?;
    let place = twin.place();
    let settings = maker.driver_settings(folder.as_deref().unwrap_or(Path::new("")), place.as_deref());
    let plugged = PluggedIn {
        driver_id: maker.name,
        settings: settings
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        maker: identity.maker,
        model: identity.model,
        serial: identity.serial,
        place,
        stage: twin.stage_address(),
    };
    output.answer(&plugged, PluggedIn::text)?;
    let mut hands = Vec::new();
    let shows = twin.stage().clone();
    let ends = stop.clone();
    hands.push(thread("twin-panel", move || show(&shows, output, &ends))?);
    if arguments.auto {
        let (stage, ends, persona) = (twin.stage().clone(), stop.clone(), persona.clone());
        hands.push(thread("twin-visits", move || visits(&stage, &persona, &ends))?);
    } else if std::io::stdin().is_terminal() && output == Output::Text {
        output.say(hand::WORDS)?;
        let stage = twin.stage().clone();
        // It waits for a line that may never come: it ends with the program.
        drop(thread("twin-hand", move || obey(&stage, &persona))?);
    }
    stop.cancelled().await;
    drop(twin);
    for hand in hands {
        let _ended = hand.join();
    }
    Ok(())
}

fn options(arguments: &DeviceArgs, maker: &Maker) -> Result<Options, Error> {
    let usual_port = if maker.plug == Plug::Serial {
        "ttyUSB0"
    } else {
        "1-1"
    };
    let port = arguments.port.as_deref().unwrap_or(usual_port);
    if arguments.folder.is_none() && !matches!(maker.plug, Plug::Tcp { .. }) {
        return Err(Error::Usage(
            "this maker's readers are plugged in: --folder says which folder stands for the bus",
        ));
    }
    let mut link = maker.link(arguments.folder.as_deref().unwrap_or(Path::new("")), port);
    if let (Link::Tcp(link), Some(address)) = (&mut link, arguments.listen) {
        *link = TcpLink { address };
    }
    let identity = (maker.identity)(arguments.generation.into(), &arguments.serial);
    let mut options = Options::new(identity, link);
    if maker.chip == ChipSlot::PcSc && arguments.vpcd.is_none() {
        return Err(Error::Usage(
            "this maker's card slot is a PC/SC reader: --vpcd says where",
        ));
    }
    options.vpcd = arguments.vpcd.filter(|_| maker.chip == ChipSlot::PcSc);
    options.stage = arguments.stage;
    if let Some(path) = &arguments.faults {
        options.faults = faults(path)?;
    }
    Ok(options)
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

/// Says what the device shows, whenever that changes.
fn show(stage: &Stage, output: Output, ends: &CancellationToken) {
    let mut sequence = 0;
    let mut last = String::new();
    while !ends.is_cancelled() {
        let Ok(state) = stage.watch(sequence, LOOK) else {
            return;
        };
        if state.sequence == sequence {
            continue;
        }
        sequence = state.sequence;
        let picture = hand::picture(&state);
        // Machines are told of each change, people of those that they can see.
        if (output == Output::Json || picture != last) && output.answer(&state, |_| &picture).is_err() {
            return;
        }
        last = picture;
    }
}

/// The persona comes again and again.
fn visits(stage: &Stage, persona: &str, ends: &CancellationToken) {
    while !ends.is_cancelled() {
        let Ok(visit) = Patient::new(persona).start(stage.clone(), None, VISIT) else {
            return;
        };
        while !visit.is_over() {
            if ends.is_cancelled() {
                visit.call_off();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Does what a person types.
fn obey(stage: &Stage, persona: &str) {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        if line.trim() == "help" {
            complain(hand::WORDS);
            continue;
        }
        let done = stage
            .state()
            .map(|state| hand::act(&line, &state, persona))
            .map(|act| act.map(|act| stage.act(act)));
        match done {
            Ok(Ok(Ok(_))) => {}
            Ok(Ok(Err(Refused::Ended))) | Err(_) => return,
            Ok(Ok(Err(refused))) => complain(refused),
            Ok(Err(wrong)) => complain(wrong),
        }
    }
}
