//! A maker's driver with one flaw, as `MADOGUCHI_FLAW` says; without it, the maker's driver as it is. It runs on the
//! maker's twin, so that whatever the conformance kit finds beyond a clean run is the flaw.
#![forbid(unsafe_code)]

mod flaw;
mod listing;
mod pad;
mod reader;
mod visit;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use madoguchi_driver_api::{Call, Capability, Driver, DriverInfo, Error, Event, Host, Reader, ReaderInfo};

pub(crate) use flaw::Flaw;
use listing::Listing;

/// How often it was started in this process.
static STARTS: AtomicU32 = AtomicU32::new(0);

struct Flawed {
    good: Box<dyn Driver>,
    flaw: Flaw,
    start: u32,
    listings: AtomicU32,
    listing: Listing,
}

impl Driver for Flawed {
    fn info(&self) -> DriverInfo {
        let mut info = self.good.info();
        match self.flaw {
            Flaw::InfoChanges if self.start > 0 => info.version = format!("{}-{}", info.version, self.start),
            Flaw::OtherMaker => info.maker = "Somebody Else".to_owned(),
            _ => {}
        }
        info
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
            Flaw::StaysListed => self.listing.with_those_that_went(&mut readers),
            _ => {}
        }
        Ok(readers)
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let event = self.good.next_event(timeout)?;
        if let (Flaw::StaysListed, Some(Event::ReaderGone { .. })) = (self.flaw, &event) {
            self.listing.one_went();
        }
        Ok(event
            .filter(|event| !(self.flaw == Flaw::ForgetsCardGone && matches!(event, Event::CardGone { .. }))))
    }

    fn interrupt(&self) {
        self.good.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        let reader = self.good.open(selector, call)?;
        Ok(Box::new(reader::Flawed::new(reader, self.flaw)))
    }
}

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    let flaw = Flaw::told();
    let good: Box<dyn Driver> = if flaw.is_of_visits() {
        Box::new(madoguchi_driver_atlas::driver(host)?)
    } else {
        Box::new(madoguchi_driver_fujitsu::driver(host)?)
    };
    Ok(Box::new(Flawed {
        good,
        flaw,
        start: STARTS.fetch_add(1, Ordering::Relaxed),
        listings: AtomicU32::new(0),
        listing: Listing::default(),
    }))
}

madoguchi_driver_abi::export_driver!(start);
