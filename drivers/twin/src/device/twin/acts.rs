//! What somebody does to a device.

use std::time::Duration;

use super::power::Power;
use super::worker::Worker;
use crate::device::Refused;
use crate::device::stage::Act;

impl Worker {
    pub(super) fn act(&mut self, act: Act) -> Result<(), Refused> {
        if act.needs_power() {
            match self.power {
                Power::On => {}
                Power::Frozen { .. } => return Err(Refused::Frozen),
                Power::Off { .. } => return Err(Refused::Unplugged),
            }
        }
        let body = &mut self.body;
        match act {
            Act::Insert(insert) => {
                let kind = insert.kind.ok_or(Refused::UnknownPersona)?;
                body.put_card(&insert.persona, kind, insert.faults, insert.fresh)?;
            }
            Act::InsertBeside(insert) => {
                let kind = insert.kind.ok_or(Refused::UnknownPersona)?;
                body.put_beside(&insert.persona, kind, insert.faults)?;
            }
            Act::Remove => body.take_card()?,
            Act::RemoveBeside => body.take_beside()?,
            Act::Arm => body.arm(),
            Act::Press { shown, .. } if shown.is_some_and(|shown| shown != body.shown()) => {
                return Err(Refused::NoSuchButton);
            }
            Act::Press { answer, .. } => body.press(answer)?,
            Act::Touch => body.touch(),
            Act::TypePin { digits } => body.type_digits(digits.expose())?,
            Act::CancelPin => body.cancel_pin()?,
            Act::DeclineFace => body.decline_face()?,
            Act::Quit => body.quit(),
            Act::Face(face) => body.set_face(face),
            Act::Faults(faults) => self.plan.set(faults),
            Act::Unplug { back_after_ms } => self.unplug(back_after_ms.map(millis)),
            Act::Replug { port } => self.replug(port)?,
            Act::Reboot { takes_ms } => self.unplug(Some(millis(takes_ms))),
            Act::Freeze { for_ms } => self.freeze(for_ms.map(millis)),
            Act::Look => {}
        }
        Ok(())
    }

    fn replug(&mut self, port: Option<String>) -> Result<(), Refused> {
        self.unplug(None);
        if let Some(port) = port {
            self.link.move_to(port);
        }
        self.plug().map_err(|error| {
            tracing::warn!(%error, "the device cannot be plugged in there");
            Refused::NoLink
        })
    }
}

fn millis(millis: u32) -> Duration {
    Duration::from_millis(u64::from(millis))
}
