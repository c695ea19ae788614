//! The child: loads the driver, tries the rules, tells the parent.

use std::io::{BufRead as _, Write as _};
use std::process;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Capability, Host, ReaderInfo};
use serde::Serialize;

use crate::ground::Ground;
use crate::hands::{Deed, Refusal, Seen};
use crate::report::{Device, Verdict};
use crate::rule::{Need, Rule, Stop};
use crate::wire::{Down, Job, Up};

/// Longer than the parent takes for any deed; a person takes his time.
const DEED_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a driver may take to find its first reader.
const FIRST_READER: Duration = Duration::from_secs(10);

/// Serves the parent on standard input and output, until the rules are through.
///
/// # Errors
/// Where the parent is not there.
pub fn serve() -> std::io::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    let (answers, answered) = sync_channel(1);
    thread::Builder::new()
        .name("conform-parent".to_owned())
        .spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                let Ok(down) = serde_json::from_str::<Down>(&line) else {
                    break;
                };
                if answers.send(down).is_err() {
                    break;
                }
            }
            // Nobody is there any more: whatever the driver is at, this process ends.
            process::exit(0);
        })?;
    crate::ground::take_patience(job.patience_ms);
    let host = Host::new(|_, _| {}).with_settings(&job.settings);
    match madoguchi_driver_abi::load(&job.library, host) {
        Err(error) => tell(&Up::NotLoaded(error.to_string())),
        Ok(loaded) => {
            let mut ground = Ground {
                driver: loaded.driver,
                abi: loaded.abi_version,
                job,
                hands: Remote(answered),
                device: None,
            };
            through(&mut ground)
        }
    }
}

fn through(ground: &mut Ground) -> std::io::Result<()> {
    ground.device = find(ground);
    if let Some(info) = &ground.device {
        tell(&Up::Device(Device {
            selector: info.selector.clone(),
            model: info.model.clone(),
            firmware: info.firmware.clone(),
            capabilities: info.capabilities.clone(),
        }))?;
    }
    for id in ground.job.rules.clone() {
        let Some(rule) = crate::all().find(|rule| rule.id == id) else {
            continue;
        };
        tell(&Up::Begins(id.clone()))?;
        let begun = Instant::now();
        let verdict = judge(ground, rule);
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tell(&Up::Ended { id, verdict, millis })?;
    }
    Ok(())
}

/// The reader that was asked for, or the first that can be opened and does more than others.
fn find(ground: &mut Ground) -> Option<ReaderInfo> {
    let _ = ground.reset();
    let until = Instant::now() + FIRST_READER;
    loop {
        let readers = ground.driver.readers().unwrap_or_default();
        let good = readers.into_iter().filter(|reader| reader.unavailable.is_none());
        let wanted = good.filter(|reader| {
            let asked = ground.job.selector.as_ref();
            asked.is_none_or(|selector| *selector == reader.selector)
        });
        let found = wanted.max_by_key(|reader| {
            (
                reader.capabilities.len(),
                std::cmp::Reverse(reader.selector.clone()),
            )
        });
        if found.is_some() || Instant::now() >= until {
            return found;
        }
        let _ = ground.driver.next_event(Duration::from_millis(50));
    }
}

fn judge(ground: &mut Ground, rule: &Rule) -> Verdict {
    if let Some(verdict) = ground.lacks(rule.needs) {
        return verdict;
    }
    let checked = ground.reset().and_then(|()| (rule.check)(ground));
    match checked {
        Ok(()) => Verdict::Passed,
        Err(Stop::NotApplicable(reason)) => Verdict::NotApplicable { reason },
        Err(Stop::NotTried(reason)) => Verdict::NotTried { reason },
        Err(Stop::Broken { seen, .. }) if is_a_lie(rule, &seen) => Verdict::NotTried {
            reason: "the reader cannot do what it announces: see capabilities-are-true".to_owned(),
        },
        Err(Stop::Broken { expected, seen }) => Verdict::Failed { expected, seen },
    }
}

/// A capability that is not there breaks one rule, not each that needs it.
fn is_a_lie(rule: &Rule, seen: &str) -> bool {
    const SCREEN: Need = Need::Can(Capability::Screen);
    let announced = |need: &Need| matches!(need, Need::Can(_)) && *need != SCREEN;
    rule.id != "capabilities-are-true"
        && rule.needs.iter().any(announced)
        && seen.contains(&madoguchi_driver_api::Error::Unsupported.to_string())
}

fn tell(up: &impl Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(up)?;
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

/// The hands, which the parent lends.
pub(crate) struct Remote(Receiver<Down>);

impl Remote {
    pub(crate) fn act(&mut self, deed: &Deed) -> Result<Seen, Stop> {
        let gone = |what: &str| Stop::NotTried(Refusal::Gone(what.to_owned()).to_string());
        tell(&Up::Do(deed.clone())).map_err(|_| gone("the parent"))?;
        match self.0.recv_timeout(DEED_TIMEOUT) {
            Ok(Ok(seen)) => Ok(seen),
            Ok(Err(Refusal::NotOffered(what))) => Err(Stop::Broken {
                expected: "the device offers what the rule is about".to_owned(),
                seen: what,
            }),
            Ok(Err(refusal)) => Err(Stop::NotTried(refusal.to_string())),
            Err(_) => Err(gone("the parent")),
        }
    }
}
