//! One マイナタッチ: its line, what it says of itself, and what it says unasked.

use madoguchi_driver_api::{Call, Capability, Error};
use madoguchi_driver_kit::{About, Device, News};

use crate::commands::identify::Identity;
use crate::commands::{Conversation, Notice, speed};
use crate::error::Fault;
use crate::quirks::Quirks;
use crate::transport;

/// What people know the device by.
pub(crate) const DISPLAY_NAME: &str = "マイナタッチ";

/// An open device.
pub struct MynaTouch {
    about: About,
    quirks: Quirks,
    conversation: Conversation,
}

impl MynaTouch {
    /// Takes up a device that has said who it is, and goes to its highest speed.
    pub(crate) fn new(
        mut conversation: Conversation,
        identity: &Identity,
        known_as: &str,
        news: News,
        call: &Call,
    ) -> Result<Self, Fault> {
        let ear = move |notice| match notice {
            Notice::Tray(tray) if tray.is_occupied() => news.card_in(),
            Notice::Tray(_) => news.card_out(),
            Notice::Touched => news.touched(),
        };
        conversation.tell(identity.tray, Box::new(ear));
        if identity.highest_speed > transport::FIRST_SPEED {
            speed::change(&mut conversation, identity.highest_speed, call)?;
        }
        Ok(Self {
            about: about(identity, known_as),
            quirks: Quirks::of(identity),
            conversation,
        })
    }

    pub(crate) fn parts(&mut self) -> (&mut Conversation, &Quirks) {
        (&mut self.conversation, &self.quirks)
    }
}

impl Device for MynaTouch {
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

/// What is told of a device before anything happens to it. One without a serial number is known as it was found.
fn about(identity: &Identity, known_as: &str) -> About {
    let serial = &identity.serial;
    let selector = if serial.is_empty() { known_as } else { serial };
    About {
        selector: selector.to_owned(),
        display_name: format!("{DISPLAY_NAME} {} {serial}", identity.model)
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
