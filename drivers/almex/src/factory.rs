//! The devices: which ports there are, who is behind them, and one that is open.

mod ports;
mod strangers;

use madoguchi_driver_api::{Call, Capability, DriverInfo, Error, Host, LogLevel, Reader};
use madoguchi_driver_kit::{About, Candidate, Factory, News, Shared};

use crate::commands::identify::{self, Identity};
use crate::commands::{Conversation, Notice, speed};
use crate::error::Fault;
use crate::quirks::Quirks;
use crate::reader::AlmexReader;
use crate::transport;
use ports::{Place, Ports};
use strangers::{Acquaintance, Strangers};

/// Finds the devices and connects them.
pub struct AlmexFactory {
    host: Host,
    ports: Ports,
    strangers: Strangers,
}

impl AlmexFactory {
    /// The driver's id, as in the plugin's manifest.
    pub const ID: &'static str = "almex";

    /// Makes the factory from the driver's section of the configuration.
    ///
    /// # Errors
    /// [`Error::ReaderUnavailable`] where the section is wrong; it names the key.
    pub fn new(host: Host) -> Result<Self, Error> {
        Ok(Self {
            ports: Ports::new(&host)?,
            strangers: Strangers::default(),
            host,
        })
    }

    /// Asks who is behind the port, once if it is a stranger.
    fn meet(&self, candidate: &Candidate<Place>, call: &Call) -> Result<(Conversation, Identity), Fault> {
        let place = &candidate.place;
        let known = self.strangers.acquaintance(&candidate.key);
        if known == Acquaintance::Refused {
            return Err(Error::ReaderRemoved.into());
        }
        let mut link = transport::open(&place.path, call).map_err(|error| self.closed(candidate, error))?;
        if !link.greet(call)? {
            if known == Acquaintance::Friend {
                return Err(Fault::Silent);
            }
            return Err(self.refuse(candidate));
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
    type Device = Device;
    type Place = Place;

    fn info(&self) -> DriverInfo {
        DriverInfo {
            id: Self::ID.to_owned(),
            maker: "Almex".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn look(&self) -> Result<Vec<Candidate<Place>>, Error> {
        let found = self.ports.find()?;
        self.strangers.forget_all_but(&found);
        Ok(found)
    }

    fn connect(&self, candidate: &Candidate<Place>, news: News, call: &Call) -> Result<Device, Error> {
        let (mut conversation, identity) = self.meet(candidate, call)?;
        let ear = move |notice| match notice {
            Notice::Tray(tray) if tray.is_occupied() => news.card_in(),
            Notice::Tray(_) => news.card_out(),
            Notice::Touched => news.touched(),
        };
        conversation.tell(identity.tray, Box::new(ear));
        if identity.highest_speed > transport::FIRST_SPEED {
            speed::change(&mut conversation, identity.highest_speed, call)?;
        }
        Ok(Device {
            about: about(&identity, candidate),
            quirks: Quirks::of(&identity),
            conversation,
        })
    }

    fn reader(&self, device: Shared<Device>) -> Box<dyn Reader> {
        Box::new(AlmexReader::new(device))
    }
}

/// An open device.
pub struct Device {
    about: About,
    quirks: Quirks,
    conversation: Conversation,
}

impl Device {
    pub(crate) fn parts(&mut self) -> (&mut Conversation, &Quirks) {
        (&mut self.conversation, &self.quirks)
    }
}

impl madoguchi_driver_kit::Device for Device {
    fn about(&self) -> About {
        About {
            card_present: self.conversation.tray().is_occupied(),
            ..self.about.clone()
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Error> {
        Ok(self.conversation.listen(call)?)
    }
}

/// What is told of a device before anything happens to it.
fn about(identity: &Identity, candidate: &Candidate<Place>) -> About {
    let serial = &identity.serial;
    About {
        selector: if serial.is_empty() {
            candidate.key.clone()
        } else {
            serial.clone()
        },
        display_name: format!("マイナタッチ {} {serial}", identity.model)
            .trim_end()
            .to_owned(),
        model: identity.model.clone(),
        firmware: identity.firmware.clone(),
        // Phones are not read, whatever a device says.
        capabilities: identity
            .capabilities
            .iter()
            .copied()
            .filter(|capability| *capability != Capability::NfcPhone)
            .collect(),
        card_present: false,
    }
}
