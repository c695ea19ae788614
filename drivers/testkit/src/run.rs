//! The parent: starts the child, watches it, lends hands.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_host::VerifiedPlugin;
use serde::Serialize;
use thiserror::Error;

use crate::ground::LATE;
use crate::hands::{Hands, Refusal};
use crate::report::{Device, Report, RuleReport, Verdict};
use crate::rule::{RULES_VERSION, Rule};
use crate::wire::{Down, Job, Up};

/// How often the patience of whoever acts the child may be silent: longer than any rule that only waits.
const SILENCES: u32 = 3;
/// How long something may take where nobody acts.
const PATIENCE: Duration = Duration::from_secs(5);
/// Lines of the child that wait.
const MAX_LINES: usize = 64;

/// The driver to be tried.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its library.
    pub library: PathBuf,
    /// SHA-256 of it.
    pub library_sha256: String,
    /// The id in its manifest.
    pub id: String,
    /// The maker in its manifest.
    pub maker: String,
    /// The version in its manifest.
    pub version: String,
    /// The border in its manifest.
    pub abi: u32,
    /// Its own settings, a JSON object.
    pub settings: String,
    /// The reader; none: the one that does most.
    pub selector: Option<String>,
    /// The rules to try; all where none is named.
    pub only: Vec<String>,
}

impl Subject {
    /// A plugin of which everything was checked but its code, with its settings as a JSON object.
    #[must_use]
    pub fn new(plugin: VerifiedPlugin, settings: String) -> Self {
        let VerifiedPlugin {
            manifest, library, ..
        } = plugin;
        Self {
            library,
            library_sha256: manifest.sha256,
            id: manifest.id.to_string(),
            maker: manifest.maker,
            version: manifest.version,
            abi: manifest.abi,
            settings,
            selector: None,
            only: Vec::new(),
        }
    }
}

/// Why nothing could be tried.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The child cannot be started or spoken with.
    #[error("the driver's process: {0}")]
    Child(#[from] std::io::Error),
    /// A rule was named that there is none of.
    #[error("there is no rule {0}")]
    NoRule(String),
    /// The driver did not start.
    #[error("{0}")]
    NotLoaded(String),
    /// The child ended before the first rule.
    #[error("the driver's process ended before the first rule")]
    Ended,
    /// The reader that was asked for is not there.
    #[error("no reader that can be opened is called {0} by the driver")]
    NoReader(String),
}

/// Tries the rules. `child` starts a process of this program that calls [`crate::serve`]; `told` is called after each
/// rule.
///
/// # Errors
/// [`RunError`] where nothing could be tried.
pub fn run(
    subject: &Subject,
    child: &mut dyn FnMut() -> Command,
    mut hands: Option<&mut dyn Hands>,
    told: &mut dyn FnMut(&RuleReport),
) -> Result<Report, RunError> {
    let skills = hands.as_ref().map(|hands| hands.skills()).unwrap_or_default();
    let patience = hands.as_ref().map_or(PATIENCE, |hands| hands.patience());
    let started = Instant::now();
    if let Some(unknown) = subject
        .only
        .iter()
        .find(|id| crate::all().all(|rule| rule.id != **id))
    {
        return Err(RunError::NoRule(unknown.clone()));
    }
    let wanted = |rule: &&Rule| subject.only.is_empty() || subject.only.iter().any(|id| id == rule.id);
    let mut left: Vec<&Rule> = crate::all().filter(wanted).collect();
    let mut reports = Vec::new();
    let mut device = None;
    while !left.is_empty() {
        let job = Job {
            library: subject.library.clone(),
            settings: subject.settings.clone(),
            id: subject.id.clone(),
            maker: subject.maker.clone(),
            version: subject.version.clone(),
            abi: subject.abi,
            selector: subject.selector.clone(),
            skills: skills.clone(),
            patience_ms: millis(patience),
            rules: left.iter().map(|rule| rule.id.to_owned()).collect(),
        };
        let mut watched = Watched::start(child(), &job, patience * SILENCES)?;
        let before = left.len();
        let mut ended = |rule: &Rule, verdict: Verdict, millis: u64| {
            let report = RuleReport {
                id: rule.id.to_owned(),
                group: rule.group,
                sentence: rule.sentence.to_owned(),
                verdict,
                millis,
            };
            told(&report);
            reports.push(report);
        };
        let mut begun = false;
        let why = loop {
            match watched.next() {
                Ok(Up::NotLoaded(problem)) => return Err(RunError::NotLoaded(problem)),
                Ok(Up::Device(found)) => device = device.or(Some(found)),
                Ok(Up::Begins(_)) => begun = true,
                Ok(Up::Do(deed)) => {
                    let done: Down = match &mut hands {
                        Some(hands) => hands.act(&deed),
                        None => Err(Refusal::CannotDo),
                    };
                    // One that is gone says so at the next look.
                    let _ = watched.tell(&done);
                }
                Ok(Up::Ended { id, verdict, millis }) => {
                    let Some(place) = left.iter().position(|rule| rule.id == id) else {
                        continue;
                    };
                    let failed = matches!(verdict, Verdict::Failed { .. });
                    ended(left.remove(place), verdict, millis);
                    begun = false;
                    // Whatever it left behind is not the next rule's business.
                    if failed || left.is_empty() {
                        break None;
                    }
                }
                Err(why) => break Some(why),
            }
        };
        drop(watched);
        if let Some(why) = why {
            if !begun && left.len() == before {
                return Err(RunError::Ended);
            }
            if begun && !left.is_empty() {
                let seen = why.to_owned();
                let expected = "the driver's process goes on".to_owned();
                ended(left.remove(0), Verdict::Failed { expected, seen }, 0);
            }
        }
        if device.is_none()
            && let Some(selector) = &subject.selector
        {
            return Err(RunError::NoReader(selector.clone()));
        }
    }
    let hands = hands.map(|hands| hands.name());
    Ok(summed(subject, device, hands, reports, started.elapsed()))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn summed(
    subject: &Subject,
    device: Option<Device>,
    hands: Option<&'static str>,
    rules: Vec<RuleReport>,
    took: Duration,
) -> Report {
    let count = |wanted: fn(&Verdict) -> bool| rules.iter().filter(|rule| wanted(&rule.verdict)).count();
    Report {
        driver_id: subject.id.clone(),
        version: subject.version.clone(),
        abi: subject.abi,
        library_sha256: subject.library_sha256.clone(),
        device,
        hands: hands.map(str::to_owned),
        rules_version: RULES_VERSION,
        complete: subject.only.is_empty(),
        millis: millis(took),
        late_ms: millis(LATE),
        passed: count(|verdict| matches!(verdict, Verdict::Passed)),
        failed: count(|verdict| matches!(verdict, Verdict::Failed { .. })),
        not_applicable: count(|verdict| matches!(verdict, Verdict::NotApplicable { .. })),
        needs_hands: count(|verdict| matches!(verdict, Verdict::NeedsHands { .. })),
        not_tried: count(|verdict| matches!(verdict, Verdict::NotTried { .. })),
        rules,
    }
}

/// A child that runs. Dropping it kills and reaps it.
struct Watched {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Up>,
    silence: Duration,
}

impl Watched {
    fn start(mut command: Command, job: &Job, silence: Duration) -> Result<Self, RunError> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(RunError::Ended);
        };
        let (sender, lines) = sync_channel(MAX_LINES);
        thread::Builder::new()
            .name("conform-child".to_owned())
            .spawn(move || {
                for line in BufReader::new(output).lines() {
                    let Ok(line) = line else { break };
                    // A driver that prints is not understood, and not minded.
                    if let Ok(up) = serde_json::from_str(&line)
                        && sender.send(up).is_err()
                    {
                        break;
                    }
                }
            })?;
        let mut watched = Self {
            child,
            input,
            lines,
            silence,
        };
        watched.tell(job)?;
        Ok(watched)
    }

    fn tell(&mut self, line: &impl Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.input.write_all(&line)?;
        self.input.flush()
    }

    fn next(&mut self) -> Result<Up, &'static str> {
        self.lines
            .recv_timeout(self.silence)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => "it hung and was killed",
                RecvTimeoutError::Disconnected => "it ended",
            })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // One that ended already is only reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
