//! A reader over an open device, for one thread.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Capability, Error, Pin, Reader};
use madoguchi_driver_kit::Shared;

use crate::commands::visual::By;
use crate::commands::{card, face, pin, show, visit, visual};
use crate::device::{AtlasDevice, Epoch};
use crate::screens::{Form, Pad};

/// How long the service has to power a card off, before its connection is closed, which does the same.
const OFF: Duration = Duration::from_millis(100);

/// An open reader.
pub(crate) struct AtlasReader {
    device: Shared<AtlasDevice>,
    /// When the card was powered, where it is.
    powered: Option<Epoch>,
    /// Staff said yes on the device, and nothing else was shown since.
    staff_said_yes: bool,
}

impl AtlasReader {
    pub(crate) fn new(device: Shared<AtlasDevice>) -> Self {
        Self {
            device,
            powered: None,
            staff_said_yes: false,
        }
    }

    /// One conversation; what is noted in it is told.
    fn with<T>(
        &self,
        call: &Call,
        work: impl FnOnce(&mut AtlasDevice) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut device = self.device.hold(call)?;
        let result = work(&mut device);
        device.tell();
        result
    }

    /// The same for what this device may not be able to do.
    fn with_a<T>(
        &self,
        capability: Capability,
        call: &Call,
        work: impl FnOnce(&mut AtlasDevice) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.with(call, |device| {
            if device.quirks().can(capability) {
                work(device)
            } else {
                Err(Error::Unsupported)
            }
        })
    }
}

impl Reader for AtlasReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.staff_said_yes = false;
        let mut epoch = None;
        let result = self.with_a(Capability::NfcCard, call, |device| {
            device.fresh_line(call)?;
            epoch = Some(device.epoch());
            card::on(device.fresh_line(call)?, call)
        });
        self.powered = epoch;
        if result.is_err() {
            // It may be on, and nobody said so.
            self.power_off();
        }
        result
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        let powered = self.powered.ok_or(Error::NoCard)?;
        self.with(call, |device| {
            card::apdu(device.line(powered)?, command, response, call)
        })
    }

    fn power_off(&mut self) {
        self.staff_said_yes = false;
        let Some(powered) = self.powered.take() else {
            return;
        };
        let call = Call::within(OFF);
        // A device that is gone has powered its card off.
        let Ok(mut device) = self.device.hold(&call) else {
            return;
        };
        let off = device.line(powered).and_then(|line| card::off(line, &call));
        if off.is_err_and(|error| error != Error::CardReset) {
            device.close();
        }
        device.tell();
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        self.staff_said_yes = false;
        let form = Form::of(screen).ok_or(Error::Unsupported)?;
        let answer = self.with(call, |device| {
            if device.quirks().shows(form.asks()) {
                show::show(device.fresh_line(call)?, &form, call)
            } else {
                Err(Error::Unsupported)
            }
        })?;
        self.staff_said_yes = screen.page == Page::StaffCheck && answer == Answer::Yes;
        Ok(answer)
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let pad = Pad::of(request);
        self.with_a(Capability::PinPad, call, |device| {
            pin::pin(device.fresh_line(call)?, request, &pad, call)
        })
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.with_a(Capability::Face, call, |device| {
            let powered = self.powered.ok_or(Error::NoCard)?;
            face::face(device.line(powered)?, request, call)
        })
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        let (by, capability) = if self.staff_said_yes {
            (By::Device, Capability::StaffVisual)
        } else {
            (By::Remote, Capability::RemoteVisual)
        };
        self.with_a(capability, call, |device| {
            let powered = self.powered.ok_or(Error::NoCard)?;
            visual::visual(device.line(powered)?, by, call)
        })
    }

    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        call: &Call,
    ) -> Result<Outcome, Error> {
        // The service powers the card as it needs it.
        self.power_off();
        self.with_a(Capability::Delegated, call, |device| {
            let media = device.quirks().media(&plan.media);
            if media.is_empty() {
                return Err(Error::Unsupported);
            }
            visit::visit(device.fresh_line(call)?, plan, &media, progress, call)
        })
    }
}

impl Drop for AtlasReader {
    fn drop(&mut self) {
        self.power_off();
    }
}
