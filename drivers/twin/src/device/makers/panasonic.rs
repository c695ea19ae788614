//! Panasonic Connect XC-STFR1J-MN, device side: the HID half as `drivers/panasonic/PROTOCOL.md` has it. The chip slot is
//! a PC/SC reader beside it; this half only knows which one.

mod orders;
mod pages;
mod report;
mod task;

use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome};

use super::{ChipSlot, Maker, Plug};
use crate::device::{Body, BodyEvent, Front, Generation, Identity};
use report::{Incoming, Order, Outgoing, Parsed};
use task::{Ending, Task};

/// The maker's line in the table.
pub(super) const MAKER: Maker = Maker {
    name: "panasonic",
    plug: Plug::Hid {
        vendor_id: 0x04DA,
        product_id: 0x3F10,
    },
    chip: ChipSlot::PcSc,
    identity,
    front: |_| Box::new(Panasonic::new(SLOT_NAME)),
};

/// What PC/SC calls the slot of a real unit, as assumed.
const SLOT_NAME: &str = "XC-STFR1J-MN Slot";

fn identity(generation: Generation, serial: &str) -> Identity {
    let mut capabilities = vec![
        Capability::Face,
        Capability::PinPad,
        Capability::StaffVisual,
        Capability::RemoteVisual,
        Capability::Screen,
        Capability::NfcCard,
    ];
    let firmware = match generation {
        Generation::Old => "1.4.2",
        Generation::New => "2.1.0",
    };
    if generation == Generation::Old {
        capabilities.push(Capability::Solitary);
    }
    Identity {
        maker: "panasonic".to_owned(),
        model: "XC-STFR1J-MN".to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        generation,
        capabilities,
    }
}

/// The firmware.
pub struct Panasonic {
    /// A part of the PC/SC name of the unit's slot.
    slot_name: String,
    incoming: Incoming,
    /// The last order that was carried out, and what was replied: it may be repeated.
    last: Option<((u16, u8), Vec<Outgoing>)>,
    task: Option<Task>,
    /// Counts events.
    events: u8,
    /// Whether it was started and nobody was told yet.
    started: bool,
}

impl Panasonic {
    /// The firmware of a unit whose slot has that in its PC/SC name.
    #[must_use]
    pub fn new(slot_name: &str) -> Self {
        Self {
            slot_name: slot_name.to_owned(),
            incoming: Incoming::default(),
            last: None,
            task: None,
            events: 0,
            started: true,
        }
    }

    fn announce(&mut self, out: &mut dyn FnMut(&[u8])) {
        if std::mem::take(&mut self.started) {
            out(Outgoing::event(report::STARTED, 0, 0).bytes());
        }
    }

    fn event(&mut self, code: u8, task: u16, out: &mut dyn FnMut(&[u8])) {
        self.events = self.events.checked_add(1).unwrap_or(1);
        out(Outgoing::event(code, task, self.events).bytes());
    }

    /// A person ended what is shown; nothing where nothing waits for one.
    fn end(&mut self, ending: Ending, out: &mut dyn FnMut(&[u8])) {
        let ended = self.task.as_mut().and_then(|task| task.end(ending));
        if let Some(task) = ended {
            self.event(report::ENDED, task, out);
        }
    }

    /// Carries an order out and replies, or replies again.
    fn obey(&mut self, order: &Order, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        if let Some((_, reply)) = self
            .last
            .as_ref()
            .filter(|(last, _)| *last == (order.transaction, order.code))
        {
            reply.iter().for_each(|report| out(report.bytes()));
            return;
        }
        let reply = orders::carry_out(self, order, body);
        reply.iter().for_each(|report| out(report.bytes()));
        // A fetched PIN is not kept a second time; to fetch again changes nothing.
        self.last = (order.code != report::FETCH).then_some(((order.transaction, order.code), reply));
    }
}

impl Front for Panasonic {
    fn receive(&mut self, bytes: &[u8], body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.announce(out);
        if let Some(order) = Parsed::read(bytes).and_then(|parsed| self.incoming.take(parsed)) {
            self.obey(&order, body, out);
        }
    }

    fn happened(&mut self, event: BodyEvent, _: &mut Body, out: &mut dyn FnMut(&[u8])) {
        self.announce(out);
        match event {
            BodyEvent::Pressed(answer) => {
                if let Some(bit) = pages::bit(&answer) {
                    self.end(Ending::Button(bit), out);
                }
            }
            BodyEvent::Quit => {
                let ending = match &self.task {
                    Some(task) if task.is_pad() => Ending::PinCancelled,
                    Some(task) if task.is_camera() => Ending::Face(FaceOutcome::Declined),
                    _ => Ending::Button(pages::bit(&Answer::Quit).unwrap_or_default()),
                };
                self.end(ending, out);
            }
            BodyEvent::Pin(digits) => self.end(Ending::Typed(digits), out),
            BodyEvent::PinCancelled => self.end(Ending::PinCancelled, out),
            BodyEvent::Face(outcome) => self.end(Ending::Face(outcome), out),
            BodyEvent::FaceNoCard => self.end(Ending::NoCard, out),
            BodyEvent::Touched if self.task.as_ref().is_none_or(|task| !task.waits()) => {
                self.event(report::TOUCHED, 0, out);
            }
            // Cards are PC/SC's to tell.
            _ => {}
        }
    }

    fn reboot(&mut self) {
        *self = Self::new(&self.slot_name);
    }
}

#[cfg(test)]
mod tests;
