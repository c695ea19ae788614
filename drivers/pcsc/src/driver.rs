//! The driver.

use std::collections::VecDeque;
use std::sync::Arc;
#[expect(
    clippy::disallowed_types,
    reason = "only the one thread that asks for events takes it"
)]
use std::sync::Mutex;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Driver, DriverInfo, Error, Event, Host, LogLevel, Reader, ReaderInfo};
use madoguchi_driver_kit::diff;
use madoguchi_transport::pcsc::{Interrupt, Watch};

use crate::reader::PcscReader;
use crate::registry::{Known, Registry};

/// The driver for PC/SC readers.
#[expect(clippy::disallowed_types, reason = "as above")]
pub struct PcscDriver {
    host: Host,
    registry: Arc<Registry>,
    interrupt: Interrupt,
    events: Mutex<Events>,
}

/// What the event thread keeps.
struct Events {
    watch: Watch,
    known: Vec<Known>,
    happened: VecDeque<Event>,
    service_lost: bool,
}

impl PcscDriver {
    /// The driver's id, as in the plugin's manifest.
    pub const ID: &'static str = "pcsc";

    /// Makes the driver. The service need not run yet.
    #[must_use]
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub fn new(host: Host) -> Self {
        let watch = Watch::default();
        let interrupt = watch.interrupt();
        let events = Mutex::new(Events {
            watch,
            known: Vec::new(),
            happened: VecDeque::new(),
            service_lost: false,
        });
        Self {
            registry: Arc::new(Registry::new(host.clone())),
            host,
            interrupt,
            events,
        }
    }

    fn look(&self, events: &mut Events, timeout: Duration) -> Result<bool, Error> {
        let slots = match events.watch.wait(timeout) {
            Ok(Some(slots)) => slots,
            Ok(None) => return Ok(false),
            Err(error) => {
                if !events.service_lost {
                    self.host
                        .log(LogLevel::Warn, "the smart card service does not answer");
                }
                events.service_lost = true;
                return Err(error);
            }
        };
        let known = self.registry.observe(&slots)?;
        if events.service_lost {
            self.host
                .log(LogLevel::Info, "the smart card service answers again");
            events.service_lost = false;
            // Nobody knows what happened meanwhile: whoever is still there is told anew, the others are gone.
            events
                .known
                .retain(|old| known.iter().all(|new| new.info.selector != old.info.selector));
        }
        events.happened.extend(diff::events(&events.known, &known));
        events.known = known;
        Ok(true)
    }
}

impl Driver for PcscDriver {
    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: Self::ID.to_owned(),
            maker: "PC/SC".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        Ok(self
            .registry
            .list()?
            .into_iter()
            .map(|known| known.info)
            .collect())
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let until = Instant::now() + timeout;
        let mut events = self.events.lock().map_err(|_| Error::ServiceUnavailable)?;
        loop {
            if let Some(event) = events.happened.pop_front() {
                return Ok(Some(event));
            }
            // Some changes mean nothing to us: a session of ours began or ended.
            if !self.look(&mut events, until.saturating_duration_since(Instant::now()))? {
                return Ok(None);
            }
        }
    }

    fn interrupt(&self) {
        self.interrupt.raise();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        call.check()?;
        self.registry.find(selector)?;
        Ok(Box::new(PcscReader::new(
            Arc::clone(&self.registry),
            selector.to_owned(),
        )))
    }
}
