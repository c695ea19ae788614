//! A maker's driver with one flaw, as `MADOGUCHI_FLAW` says; without it, the maker's driver as it is. It runs on the
//! maker's twin, so that whatever the conformance kit finds beyond a clean run is the flaw.
#![forbid(unsafe_code)]

mod reader;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use madoguchi_driver_api::{Call, Capability, Driver, DriverInfo, Error, Event, Host, Reader, ReaderInfo};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// The staff's page goes on until its deadline, whoever calls it off.
    IgnoresCancel,
    /// The PIN pad ends half a second after its deadline.
    Late,
    /// It says that it leads visits and does not.
    Lies,
    /// It does not tell that a card was taken away.
    ForgetsCardGone,
    /// Each registration page leaves a thread.
    LeaksThread,
    /// It panics at a page.
    Panics,
    /// A reader beside the good one has another selector each time.
    UnstableSelector,
    /// Its echo answers in upper case.
    WrongEcho,
    /// The card keeps its power, though the driver does not use it any more.
    KeepsPower,
    /// A card that was pulled in the middle is a response without data.
    ShortResponse,
    /// Declining the PIN is a PIN of zeroes.
    InventsPin,
    /// Its process ends at a maker's code.
    Aborts,
    /// It never comes back from a page.
    Hangs,
}

impl Flaw {
    fn told() -> Self {
        match std::env::var("MADOGUCHI_FLAW").as_deref() {
            Ok("ignores-cancel") => Self::IgnoresCancel,
            Ok("late") => Self::Late,
            Ok("lies") => Self::Lies,
            Ok("forgets-card-gone") => Self::ForgetsCardGone,
            Ok("leaks-thread") => Self::LeaksThread,
            Ok("panics") => Self::Panics,
            Ok("unstable-selector") => Self::UnstableSelector,
            Ok("wrong-echo") => Self::WrongEcho,
            Ok("keeps-power") => Self::KeepsPower,
            Ok("short-response") => Self::ShortResponse,
            Ok("invents-pin") => Self::InventsPin,
            Ok("aborts") => Self::Aborts,
            Ok("hangs") => Self::Hangs,
            _ => Self::None,
        }
    }
}

struct Flawed {
    good: Box<dyn Driver>,
    flaw: Flaw,
    listings: AtomicU32,
}

impl Driver for Flawed {
    fn info(&self) -> DriverInfo {
        self.good.info()
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        let mut readers = self.good.readers()?;
        match self.flaw {
            Flaw::Lies => readers
                .iter_mut()
                .for_each(|reader| reader.capabilities.push(Capability::Delegated)),
            Flaw::UnstableSelector => {
                let number = self.listings.fetch_add(1, Ordering::Relaxed);
                let mut other = readers.first().cloned().into_iter().collect::<Vec<_>>();
                for reader in &mut other {
                    reader.selector = format!("other-{number}");
                    reader.unavailable = Some(Error::ReaderBusy);
                }
                readers.extend(other);
            }
            _ => {}
        }
        Ok(readers)
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let event = self.good.next_event(timeout)?;
        Ok(event
            .filter(|event| !(self.flaw == Flaw::ForgetsCardGone && matches!(event, Event::CardGone { .. }))))
    }

    fn interrupt(&self) {
        self.good.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        let reader = self.good.open(selector, call)?;
        Ok(Box::new(reader::Flawed {
            good: reader,
            flaw: self.flaw,
            off: false,
            sent: 0,
        }))
    }
}

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(Flawed {
        good: Box::new(madoguchi_driver_fujitsu::driver(host)?),
        flaw: Flaw::told(),
        listings: AtomicU32::new(0),
    }))
}

madoguchi_driver_abi::export_driver!(start);
