//! The fake driver.

use std::sync::Arc;
#[expect(
    clippy::disallowed_types,
    reason = "a receiver is not Sync, and only one thread waits on it"
)]
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use madoguchi_driver_api::{
    Call, Capability, Driver, DriverInfo, Error, Event, Host, LogLevel, Reader, ReaderInfo,
};

use crate::Behaviour;
use crate::reader::FakeReader;
use crate::trouble::Trap;

/// What the driver and its readers share.
pub(crate) struct Shared {
    pub(crate) behaviour: Behaviour,
    pub(crate) host: Host,
    pub(crate) trap: Trap,
    pub(crate) slots: Vec<Slot>,
    /// `None` wakes the waiting thread for nothing.
    pub(crate) events: SyncSender<Option<Event>>,
}

/// A place for a card.
pub(crate) struct Slot {
    pub(crate) selector: &'static str,
    pub(crate) card_present: AtomicBool,
}

/// A driver of fake readers.
#[expect(clippy::disallowed_types, reason = "as above")]
pub struct FakeDriver {
    id: &'static str,
    shared: Arc<Shared>,
    happened: Mutex<Receiver<Option<Event>>>,
}

impl FakeDriver {
    /// Makes the driver.
    #[must_use]
    #[expect(clippy::disallowed_types, reason = "as above")]
    pub fn new(id: &'static str, behaviour: Behaviour, host: Host) -> Self {
        let selectors: &[_] = match behaviour {
            Behaviour::Nonsense => &[
                ("garbage", true),
                ("flood", true),
                ("empty", true),
                ("bad selector", false),
            ],
            _ => &[("fake-1", true), ("fake-2", false)],
        };
        let slots = selectors
            .iter()
            .map(|&(selector, card)| Slot {
                selector,
                card_present: AtomicBool::new(card),
            })
            .collect();
        let (events, happened) = sync_channel(64);
        host.log(LogLevel::Info, "the fixture started");
        let shared = Arc::new(Shared {
            behaviour,
            host,
            trap: Trap::default(),
            slots,
            events,
        });
        Self {
            id,
            shared,
            happened: Mutex::new(happened),
        }
    }
}

impl Driver for FakeDriver {
    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: self.id.to_owned(),
            maker: "madoguchi tests".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        self.shared.trap.step();
        let info = |slot: &Slot| ReaderInfo {
            selector: slot.selector.to_owned(),
            display_name: format!("Fake reader {}", slot.selector),
            // What goes wrong with a card is seen at a reader of cards and nothing else.
            capabilities: match self.shared.behaviour {
                Behaviour::Good => vec![
                    Capability::NfcCard,
                    Capability::NfcPhone,
                    Capability::Face,
                    Capability::PinPad,
                    Capability::Screen,
                    Capability::Delegated,
                    Capability::RemoteVisual,
                ],
                _ => vec![Capability::NfcCard, Capability::NfcPhone],
            },
            model: "Fake".to_owned(),
            firmware: "1".to_owned(),
            card_present: slot.card_present.load(Ordering::Acquire),
            unavailable: None,
        };
        Ok(self.shared.slots.iter().map(info).collect())
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        self.shared.trap.step();
        let happened = self.happened.lock().map_err(|_| Error::ServiceUnavailable)?;
        match happened.recv_timeout(timeout) {
            Ok(event) => Ok(event),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Error::ServiceUnavailable),
        }
    }

    fn interrupt(&self) {
        self.shared.trap.step();
        // A full queue wakes the thread as well.
        let _ = self.shared.events.try_send(None);
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        self.shared.trap.step();
        call.check()?;
        let slot = self
            .shared
            .slots
            .iter()
            .position(|slot| slot.selector == selector);
        let slot = slot.ok_or(Error::ReaderRemoved)?;
        Ok(Box::new(FakeReader::new(Arc::clone(&self.shared), slot)))
    }
}
