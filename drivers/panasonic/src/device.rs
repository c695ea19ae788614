//! An open device: the HID conversation, the slot beside it, and what is told of both.

use madoguchi_driver_api::{Call, Error as Driver};
use madoguchi_driver_kit::{About, Device, News};
use madoguchi_transport::hid;

use crate::commands::fetch::End;
use crate::commands::identify::{self, Identity};
use crate::error::Error;
use crate::quirks::Quirks;
use crate::slot::{ChipSlot, Move};
use crate::tasks::{SLICE, Tasks};
use crate::transport::message::Message;
use crate::transport::{Conversation, Heard, turn};

/// The name under which people know it.
pub(crate) const DISPLAY_NAME: &str = "Panasonic Connect XC-STFR1J-MN";

/// One device, both halves of it.
pub(crate) struct FaceReader {
    tasks: Tasks<hid::Line>,
    slot: ChipSlot,
    quirks: Quirks,
    identity: Identity,
    /// What the device is listed by where it tells no serial number: as it was found.
    known_as: String,
    news: News,
}

impl FaceReader {
    /// Asks the device who it is and looks for its slot, which may be configured by serial number.
    pub(crate) fn open<'s>(
        wire: hid::Line,
        known_as: &str,
        configured_slot: impl FnOnce(&str) -> Option<&'s str>,
        first_transaction: u16,
        news: News,
        call: &Call,
    ) -> Result<Self, Driver> {
        let mut tasks = Tasks::new(Conversation::new(wire, first_transaction));
        let identity = identify::read(tasks.ask(&identify::message(), call)?)?;
        // What is left there from before, also from before the slot was lost.
        tasks.clear();
        let slot = ChipSlot::find(&identity, configured_slot(&identity.serial))?;
        Ok(Self {
            tasks,
            slot,
            quirks: Quirks::of(&identity),
            identity,
            known_as: known_as.to_owned(),
            news,
        })
    }

    pub(crate) const fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    pub(crate) const fn slot(&self) -> &ChipSlot {
        &self.slot
    }

    pub(crate) const fn tasks(&mut self) -> &mut Tasks<hid::Line> {
        &mut self.tasks
    }

    /// Runs a task until a person ended it. Meanwhile the slot is watched: without it the device is of no use.
    pub(crate) fn run(&mut self, message: &Message, call: &Call) -> Result<End, Error> {
        let Self {
            tasks, slot, news, ..
        } = self;
        tasks.run(message, call, || watch(slot, news))
    }
}

impl Device for FaceReader {
    fn about(&self) -> About {
        let Identity {
            serial,
            model,
            firmware,
            ..
        } = &self.identity;
        let selector = if serial.is_empty() { &self.known_as } else { serial };
        About {
            selector: selector.clone(),
            display_name: DISPLAY_NAME.to_owned(),
            model: model.clone(),
            firmware: firmware.clone(),
            capabilities: self.quirks.capabilities().to_vec(),
            card_present: self.slot.card_present(),
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Driver> {
        self.tasks.tidy();
        while call.check().is_ok() {
            self.tasks.listen(&turn(call, SLICE))?;
            while let Some(heard) = self.tasks.heard() {
                match heard {
                    Heard::Touched => self.news.touched(),
                    // The end of a task that was called off, and a start that the next task notices.
                    Heard::Ended(_) | Heard::Started => {}
                }
            }
            watch(&mut self.slot, &self.news)?;
        }
        Ok(())
    }
}

impl Drop for FaceReader {
    fn drop(&mut self) {
        // Nobody is left to take the page off. A lost line fails at once.
        self.tasks.clear();
    }
}

/// Looks into the slot and tells what moved.
fn watch(slot: &mut ChipSlot, news: &News) -> Result<(), Driver> {
    slot.look(|moved| match moved {
        Move::In => news.card_in(),
        Move::Out => news.card_out(),
    })
}
