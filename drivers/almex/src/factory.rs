//! Finds devices and makes readers of them: which ports there are, and who is behind them.

mod ports;
mod strangers;

use madoguchi_driver_api::{Call, DriverInfo, Error, Host, LogLevel, Reader};
use madoguchi_driver_kit::{Candidate, Factory, KitDriver, News, Shared};

use crate::commands::Conversation;
use crate::commands::identify::{self, Identity};
use crate::device::MynaTouch;
use crate::error::Fault;
use crate::reader::AlmexReader;
use crate::transport;
use ports::{Place, Ports};
use strangers::{Acquaintance, Strangers};

/// The driver's id, as in the plugin's manifest.
const ID: &str = "almex";

/// The way to the maker's devices.
pub struct AlmexFactory {
    host: Host,
    ports: Ports,
    strangers: Strangers,
}

/// Makes the driver, set up by its section of the configuration.
///
/// # Errors
/// [`Error::ReaderUnavailable`] names what is wrong in that section.
pub fn driver(host: Host) -> Result<KitDriver<AlmexFactory>, Error> {
    let factory = AlmexFactory {
        ports: Ports::new(&host)?,
        strangers: Strangers::default(),
        host: host.clone(),
    };
    Ok(KitDriver::new(factory, host))
}

impl AlmexFactory {
    /// Asks who is behind the port, a few times if it is a stranger.
    fn meet(&self, candidate: &Candidate<Place>, call: &Call) -> Result<(Conversation, Identity), Fault> {
        let place = &candidate.place;
        let known = self.strangers.acquaintance(&candidate.key);
        if known == Acquaintance::Refused {
            return Err(Error::ReaderRemoved.into());
        }
        let mut link = transport::open(&place.path, call).map_err(|error| self.closed(candidate, error))?;
        if !link.greet(call)? {
            if known == Acquaintance::Friend || place.named {
                return Err(Fault::Silent);
            }
            // A device may be silent for as long as this computer is busy: once is not enough to give it up.
            return Err(if self.strangers.was_silent(&candidate.key) {
                self.refuse(candidate)
            } else {
                Error::ReaderRemoved.into()
            });
        }
        let mut conversation = Conversation::new(link);
        let identity = match identify::identify(&mut conversation, call) {
            Err(Fault::Malformed { .. } | Fault::Returned { .. }) if known == Acquaintance::None => {
                return Err(self.refuse(candidate));
            }
            identity => identity?,
        };
        self.strangers.befriend(&candidate.key);
        Ok((conversation, identity))
    }

    fn refuse(&self, candidate: &Candidate<Place>) -> Fault {
        self.strangers.refuse(&candidate.key);
        let line = format!(
            "{}: something else, left alone until it is plugged in again",
            candidate.key
        );
        self.host.log(LogLevel::Info, &line);
        Error::ReaderRemoved.into()
    }

    /// A port that cannot be opened is worth telling where somebody wrote down that it is ours, or it was before.
    fn closed(&self, candidate: &Candidate<Place>, error: Error) -> Fault {
        let ours =
            candidate.place.named || self.strangers.acquaintance(&candidate.key) == Acquaintance::Friend;
        if ours {
            error.into()
        } else {
            Error::ReaderRemoved.into()
        }
    }
}

impl Factory for AlmexFactory {
    type Device = MynaTouch;
    type Place = Place;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: ID.to_owned(),
            maker: "Almex".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<Place>>, Error> {
        let found = self.ports.find()?;
        self.strangers.forget_all_but(&found);
        Ok(found)
    }

    fn connect(&self, candidate: &Candidate<Place>, news: News, call: &Call) -> Result<MynaTouch, Error> {
        let (conversation, identity) = self.meet(candidate, call)?;
        Ok(MynaTouch::new(
            conversation,
            &identity,
            &candidate.selector,
            news,
            call,
        )?)
    }

    fn reader(&self, device: Shared<MynaTouch>) -> Box<dyn Reader> {
        Box::new(AlmexReader::new(device))
    }
}
