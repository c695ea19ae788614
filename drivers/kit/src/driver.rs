//! The driver over a maker's factory.

use std::sync::{Arc, PoisonError};
#[expect(
    clippy::disallowed_types,
    reason = "the host's event thread and its readers' threads look for devices in turn"
)]
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Driver, DriverInfo, Error, Event, Host, LogLevel, Reader, ReaderInfo};

use crate::hub::{Hub, Nothing, Plug};
use crate::reader::KitReader;
use crate::slots::{Common, Slot};
use crate::{Candidate, Factory, Shared};

/// More devices of one maker than this are not connected.
const MAX_DEVICES: usize = 32;

/// How long a list of readers waits for devices that are just being connected.
const SETTLE: Duration = Duration::from_millis(500);
const SETTLE_LOOK: Duration = Duration::from_millis(2);

/// How long a driver that is dropped waits for its threads. They are called off, so this is for a maker's call that
/// hangs.
const FAREWELL: Duration = Duration::from_millis(500);

/// A driver over a maker's factory.
pub struct KitDriver<F: Factory>(Arc<Devices<F>>);

/// The devices that are plugged in. Shared with the open readers.
#[expect(clippy::disallowed_types, reason = "as above")]
pub(crate) struct Devices<F: Factory> {
    pub(crate) common: Arc<Common<F>>,
    slots: Mutex<Slots<F>>,
}

struct Slots<F: Factory> {
    here: Vec<Slot<F>>,
    leaving: Vec<JoinHandle<()>>,
    looked: Option<Instant>,
    /// Why nobody can tell what is plugged in, where nobody can.
    blind: Option<Error>,
    too_many: bool,
    /// The driver is dropped: nothing is connected any more.
    closed: bool,
}

impl<F: Factory> KitDriver<F> {
    /// Makes the driver. Nothing is looked for until somebody asks.
    #[must_use]
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub fn new(factory: F, host: Host) -> Self {
        Self(Arc::new(Devices {
            common: Arc::new(Common {
                factory,
                host,
                hub: Arc::new(Hub::default()),
            }),
            slots: Mutex::new(Slots {
                here: Vec::new(),
                leaving: Vec::new(),
                looked: None,
                blind: None,
                too_many: false,
                closed: false,
            }),
        }))
    }
}

impl<F: Factory> Driver for KitDriver<F> {
    fn info(&self) -> DriverInfo {
        self.0.common.factory.info()
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        self.0.look_now()?;
        self.0.settle(Instant::now() + SETTLE);
        Ok(self.0.common.hub.readers())
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let until = Instant::now() + timeout;
        loop {
            let (due, blind) = self.0.look_if_due();
            match self.0.common.hub.next(until.min(due)) {
                Ok(event) => return Ok(Some(event)),
                Err(Nothing::Interrupted) => return Ok(None),
                Err(Nothing::Late) if Instant::now() < until => {}
                Err(Nothing::Late) => return blind.map_or(Ok(None), Err),
            }
        }
    }

    fn interrupt(&self) {
        self.0.common.hub.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        call.check()?;
        if self.0.find(selector).is_err() {
            self.0.look_now()?;
            self.0.settle(Instant::now() + SETTLE.min(call.remaining()));
            call.check()?;
        }
        Ok(Box::new(KitReader::open(Arc::clone(&self.0), selector)?))
    }
}

impl<F: Factory> Devices<F> {
    /// The device that has this selector now.
    pub(crate) fn find(&self, selector: &str) -> Result<(Plug, Shared<F::Device>), Error> {
        let plug = self.common.hub.plug(selector)?;
        let slots = self.lock();
        let device = slots.here.iter().find_map(|slot| slot.device(plug));
        device
            .filter(|device| !device.is_lost())
            .map(|device| (plug, device))
            .ok_or(Error::ReaderRemoved)
    }

    fn look_now(&self) -> Result<(), Error> {
        let mut slots = self.lock();
        slots.look(&self.common);
        slots.blind.clone().map_or(Ok(()), Err)
    }

    /// Looks where it is time to; says when it is next, and what is wrong where nobody can tell.
    fn look_if_due(&self) -> (Instant, Option<Error>) {
        let period = self.common.factory.look_period();
        let mut slots = self.lock();
        if slots.looked.is_none_or(|looked| looked.elapsed() >= period) {
            slots.look(&self.common);
        }
        (
            slots.looked.unwrap_or_else(Instant::now) + period,
            slots.blind.clone(),
        )
    }

    /// Waits until every device was tried once.
    fn settle(&self, until: Instant) {
        while Instant::now() < until && !self.lock().here.iter().all(Slot::is_settled) {
            thread::sleep(SETTLE_LOOK);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots<F>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Factory> Slots<F> {
    fn look(&mut self, common: &Arc<Common<F>>) {
        if self.closed {
            return;
        }
        let found = common.factory.look();
        self.looked = Some(Instant::now());
        self.leaving.retain(|thread| !thread.is_finished());
        match found {
            Ok(candidates) => {
                self.blind = None;
                self.adopt(common, candidates);
            }
            Err(error) => {
                if self.blind.is_none() {
                    common
                        .host
                        .log(LogLevel::Warn, &format!("cannot look for devices: {error}"));
                }
                // What is connected goes on.
                self.blind = Some(error);
            }
        }
    }

    fn adopt(&mut self, common: &Arc<Common<F>>, candidates: Vec<Candidate<F::Place>>) {
        let (here, gone) = std::mem::take(&mut self.here)
            .into_iter()
            .partition(|slot| candidates.iter().any(|candidate| slot.is(candidate)));
        self.here = here;
        // The selector of one that went must be free before another gets it.
        let gone: Vec<Slot<F>> = gone;
        for slot in gone {
            slot.unlist(&common.hub);
            self.leaving.push(slot.stop());
        }
        for candidate in candidates {
            if self.here.iter().any(|slot| slot.is(&candidate)) {
                continue;
            }
            if self.here.len() >= MAX_DEVICES {
                if !std::mem::replace(&mut self.too_many, true) {
                    let line = format!("more than {MAX_DEVICES} devices: the others are not connected");
                    common.host.log(LogLevel::Warn, &line);
                }
                break;
            }
            match Slot::start(Arc::clone(common), candidate) {
                Ok(slot) => self.here.push(slot),
                Err(error) => common
                    .host
                    .log(LogLevel::Error, &format!("no thread for a device: {error}")),
            }
        }
    }
}

impl<F: Factory> Drop for KitDriver<F> {
    fn drop(&mut self) {
        let threads = {
            let mut slots = self.0.lock();
            slots.closed = true;
            let here = std::mem::take(&mut slots.here);
            let mut threads = std::mem::take(&mut slots.leaving);
            threads.extend(here.into_iter().map(Slot::stop));
            threads
        };
        let until = Instant::now() + FAREWELL;
        for thread in threads {
            while !thread.is_finished() && Instant::now() < until {
                thread::sleep(SETTLE_LOOK);
            }
            if thread.is_finished() {
                // A panic in it was logged as the loss of its device.
                drop(thread.join());
            }
        }
    }
}

impl<F: Factory> std::fmt::Debug for KitDriver<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KitDriver")
    }
}
