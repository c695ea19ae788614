//! What a rule stands on: the driver, the reader that it is tried on, and hands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use madoguchi_driver_api::screen::Page;
use madoguchi_driver_api::{Call, CancelFlag, Capability, Driver, Error, Event, Reader, ReaderInfo};

use crate::child::Remote;
use crate::hands::{Deed, Seen, Skill};
use crate::report::Verdict;
use crate::rule::{Checked, MARGIN, Need, Stop, broken, good, said};
use crate::rules::screen;
use crate::wire::Job;

/// Longer than any good call of a rule takes, with whoever acts on the device: more where that is a person.
static PATIENCE_MS: AtomicU64 = AtomicU64::new(5_000);

/// When a call is called off, and how long one waits that has to run into its deadline.
pub(crate) const SOON: Duration = Duration::from_millis(150);
/// How long a driver may take until it notices a plug.
const NOTICED: Duration = Duration::from_secs(1);
/// How much earlier than its deadline a call may return: clocks are not that fine.
const EARLY: Duration = Duration::from_millis(5);
/// How much later than that it may return.
pub(crate) const LATE: Duration =
    Duration::from_millis(Call::PATIENCE.as_millis() as u64 + MARGIN.as_millis() as u64);

/// Takes over how long whoever acts on the device may take.
pub(crate) fn take_patience(millis: u64) {
    PATIENCE_MS.store(millis, Ordering::Relaxed);
}

/// How long a rule waits at most for what has to happen.
pub(crate) fn patience() -> Duration {
    Duration::from_millis(PATIENCE_MS.load(Ordering::Relaxed))
}

pub(crate) struct Ground {
    pub(crate) driver: Box<dyn Driver>,
    pub(crate) abi: u32,
    pub(crate) job: Job,
    pub(crate) hands: Remote,
    /// The reader under test, as it was when the rules began.
    pub(crate) device: Option<ReaderInfo>,
}

impl Ground {
    /// Whether what a rule needs is there; else what becomes of it. Hands are named last, so that nobody is asked to
    /// lend one for what does not apply.
    pub(crate) fn lacks(&self, needs: &[Need]) -> Option<Verdict> {
        let not_applicable = |reason| Some(Verdict::NotApplicable { reason });
        needs.iter().find_map(|need| match need {
            Need::Reader if self.device.is_none() => Some(Verdict::NotTried {
                reason: "there is no reader that can be opened".to_owned(),
            }),
            Need::Can(capability) if !self.can(*capability) => {
                not_applicable(format!("the reader does not announce {capability:?}"))
            }
            Need::Cannot(capability) if self.can(*capability) => {
                not_applicable(format!("the reader announces {capability:?}"))
            }
            Need::Hand(skill) if !self.has(*skill) => Some(Verdict::NeedsHands { skill: *skill }),
            _ => None,
        })
    }

    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.device
            .as_ref()
            .is_some_and(|device| device.capabilities.contains(&capability))
    }

    pub(crate) fn has(&self, skill: Skill) -> bool {
        self.job.skills.contains(&skill)
    }

    pub(crate) fn act(&mut self, deed: Deed) -> Result<Seen, Stop> {
        self.hands.act(&deed)
    }

    pub(crate) fn selector(&self) -> Result<String, Stop> {
        let device = self.device.as_ref();
        device
            .map(|device| device.selector.clone())
            .ok_or_else(|| Stop::NotTried("there is no reader".to_owned()))
    }

    /// The reader as it is listed now.
    pub(crate) fn listed(&self) -> Result<Option<ReaderInfo>, Stop> {
        let selector = self.selector()?;
        match self.driver.readers() {
            Ok(readers) => Ok(readers.into_iter().find(|reader| reader.selector == selector)),
            // The maker's program that is not there has no readers.
            Err(Error::ServiceUnavailable) => Ok(None),
            Err(error) => Err(broken("listing the readers succeeds", error.to_string())),
        }
    }

    /// Waits until the reader is listed as wished, for as long as a bus and a driver may take. Events are taken
    /// meanwhile, as a gateway takes them.
    pub(crate) fn until(&self, wished: impl Fn(Option<&ReaderInfo>) -> bool) -> Result<bool, Stop> {
        let until = Instant::now() + patience();
        loop {
            if wished(self.listed()?.as_ref()) {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            // What it says is another rule's business.
            let _ = self.driver.next_event(Duration::from_millis(20));
        }
    }

    /// Looks at the device until it is as wished, for so long; what was seen last.
    pub(crate) fn look_for(
        &mut self,
        within: Duration,
        wished: impl Fn(&Seen) -> bool,
    ) -> Result<Seen, Stop> {
        let until = Instant::now() + within;
        loop {
            let seen = self.act(Deed::Look)?;
            if wished(&seen) || Instant::now() >= until {
                return Ok(seen);
            }
            thread::sleep(SOON / 10);
        }
    }

    /// Everything as at the beginning.
    pub(crate) fn reset(&mut self) -> Checked {
        if !self.job.skills.is_empty() && self.act(Deed::Reset)?.replugged {
            self.notices()?;
        }
        if self.device.is_some() {
            let clean = self.has(Skill::Card);
            let ready = self.until(|reader| {
                reader.is_some_and(|reader| reader.unavailable.is_none() && !(clean && reader.card_present))
            })?;
            if !ready && clean && self.listed()?.is_some_and(|reader| reader.card_present) {
                return Err(Stop::NotTried("a card lies on the reader still".to_owned()));
            }
            if !ready || !self.opens() {
                return Err(Stop::NotTried(
                    "the reader did not come back from the rule before".to_owned(),
                ));
            }
            self.blank();
        }
        self.drain(Duration::from_millis(5));
        Ok(())
    }

    /// Waits until the driver has noticed that the plug was pulled or put back: what it says before is old.
    fn notices(&self) -> Checked {
        let Ok(selector) = self.selector() else {
            return Ok(());
        };
        let until = Instant::now() + NOTICED;
        while Instant::now() < until {
            let event = self.driver.next_event(Duration::from_millis(20));
            let noticed = match event {
                Ok(Some(Event::ReaderGone { selector: at })) => at == selector,
                Ok(Some(Event::ReaderChanged(reader))) => reader.selector == selector,
                _ => false,
            };
            if noticed || self.listed()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Whether the reader opens, now or as soon as the driver has seen that it was plugged in again.
    fn opens(&self) -> bool {
        let until = Instant::now() + patience();
        while self.open().is_err() {
            if Instant::now() >= until {
                return false;
            }
            let _ = self.driver.next_event(Duration::from_millis(20));
        }
        true
    }

    /// Takes an answered page off the screen, so that nobody presses its buttons.
    fn blank(&self) {
        let Ok(selector) = self.selector() else { return };
        if !self.can(Capability::Screen) {
            return;
        }
        if let Ok(mut reader) = self.driver.open(&selector, &long()) {
            // Whether it can is other rules' business.
            let _ = reader.present(&screen(Page::Idle), &long());
        }
    }

    /// Takes the events that wait, until none came for so long.
    pub(crate) fn drain(&self, quiet: Duration) {
        for _ in 0..1000 {
            if !matches!(self.driver.next_event(quiet), Ok(Some(_))) {
                break;
            }
        }
    }

    /// Waits for an event of the reader under test, past others; none where it does not come.
    pub(crate) fn event(&self, wished: impl Fn(&Event) -> bool) -> Result<Option<Event>, Stop> {
        let until = Instant::now() + patience();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            match good("waiting for an event", self.driver.next_event(left))? {
                Some(event) if wished(&event) => return Ok(Some(event)),
                _ => {}
            }
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Reader>, Stop> {
        good("opening the reader", self.driver.open(&self.selector()?, &long()))
    }

    /// An open reader with a powered card.
    pub(crate) fn powered(&mut self) -> Result<Box<dyn Reader>, Stop> {
        self.act(Deed::Insert)?;
        self.until(|reader| reader.is_some_and(|reader| reader.card_present))?;
        let mut reader = self.open()?;
        good("powering the card", reader.power_on(&long()))?;
        Ok(reader)
    }

    /// Does the deeds while the work waits.
    pub(crate) fn during<R>(
        &mut self,
        deeds: Vec<Deed>,
        work: impl FnOnce() -> R,
    ) -> (R, Result<Seen, Stop>) {
        self.meanwhile(Duration::ZERO, deeds, work)
    }

    /// Does the deeds when the work is under way, where nothing can be seen of that.
    pub(crate) fn soon<R>(&mut self, deeds: Vec<Deed>, work: impl FnOnce() -> R) -> (R, Result<Seen, Stop>) {
        self.meanwhile(SOON, deeds, work)
    }

    fn meanwhile<R>(
        &mut self,
        after: Duration,
        deeds: Vec<Deed>,
        work: impl FnOnce() -> R,
    ) -> (R, Result<Seen, Stop>) {
        let hands = &mut self.hands;
        thread::scope(|scope| {
            let acting = scope.spawn(move || {
                thread::sleep(after);
                let mut seen = Ok(Seen::default());
                for deed in deeds {
                    seen = Ok(hands.act(&deed)?);
                }
                seen
            });
            let result = work();
            let acted = acting
                .join()
                .unwrap_or_else(|_| Err(Stop::NotTried("the hand failed".to_owned())));
            (result, acted)
        })
    }
}

/// A call that has time.
pub(crate) fn long() -> Call {
    Call::within(patience())
}

/// The work runs into its deadline: it ends with [`Error::Timeout`], neither earlier nor much later.
pub(crate) fn deadline<T>(what: &str, work: impl FnOnce(&Call) -> Result<T, Error>) -> Checked {
    let begun = Instant::now();
    let result = work(&Call::within(SOON));
    let took = begun.elapsed();
    let expected = format!(
        "{what} ends by its deadline of {} ms, at most {} ms late",
        SOON.as_millis(),
        LATE.as_millis()
    );
    if !matches!(result, Err(Error::Timeout)) || took + EARLY < SOON {
        return Err(broken(
            expected,
            format!("{} after {} ms", said(&result), took.as_millis()),
        ));
    }
    if took > SOON + LATE {
        return Err(broken(expected, format!("{} ms late", (took - SOON).as_millis())));
    }
    Ok(())
}

/// The work is called off while it waits: it ends with [`Error::Cancelled`] soon.
pub(crate) fn cancelled<T>(what: &str, work: impl FnOnce(&Call) -> Result<T, Error>) -> Checked {
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + patience(), flag.clone());
    let (result, ended, at) = thread::scope(|scope| {
        let calling_off = scope.spawn(move || {
            thread::sleep(SOON);
            flag.cancel();
            Instant::now()
        });
        let result = work(&call);
        let ended = Instant::now();
        (result, ended, calling_off.join().unwrap_or(ended))
    });
    let late = ended.saturating_duration_since(at);
    let expected = format!(
        "{what} ends at most {} ms after it was called off",
        LATE.as_millis()
    );
    if late > LATE {
        return Err(broken(expected, format!("{} ms", late.as_millis())));
    }
    if !matches!(result, Err(Error::Cancelled)) {
        return Err(broken(expected, said(&result)));
    }
    Ok(())
}

/// A call whose time is up already, or that was called off before, does nothing and says why.
pub(crate) fn over<T>(what: &str, mut work: impl FnMut(&Call) -> Result<T, Error>) -> Checked {
    let flag = CancelFlag::default();
    flag.cancel();
    let calls = [
        (Call::within(Duration::ZERO), Error::Timeout),
        (Call::new(Instant::now() + patience(), flag), Error::Cancelled),
    ];
    for (call, why) in calls {
        let begun = Instant::now();
        let result = work(&call);
        let took = begun.elapsed();
        if result.as_ref().err() != Some(&why) || took > LATE {
            let seen = format!("{} after {} ms", said(&result), took.as_millis());
            return Err(broken(format!("{what} says at once: {why}"), seen));
        }
    }
    Ok(())
}
