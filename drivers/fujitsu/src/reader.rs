//! A Caora in use: what the contract asks, in the device's commands.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::{Atr, Call, Capability, Error, Pin, Reader, control};
use madoguchi_driver_kit::Shared;
use serde::Serialize;

use crate::commands::card::{PowerOff, PowerOn, Transmit};
use crate::commands::diagnose::Entries;
use crate::commands::visual::AcceptVisual;
use crate::device::{Caora, Power};
use crate::error::{Code, Failure, protocol};
use crate::screens;

/// The control code that asks the device, as administrator, for its counters and settings: JSON.
pub const DIAGNOSE: u32 = control::FIRST_MAKER_CODE;

/// How long the device may take to power a card off. Nobody waits for more.
const POWER_OFF: Duration = Duration::from_millis(500);

pub(crate) struct CaoraReader {
    device: Shared<Caora>,
    /// Whether a card may have power because of this reader.
    powered: bool,
}

#[derive(Serialize)]
struct Diagnosis {
    counters: Entries,
    settings: Entries,
}

impl CaoraReader {
    pub(crate) fn new(device: Shared<Caora>) -> Self {
        Self {
            device,
            powered: false,
        }
    }
}

/// A card that has power, or why there is none.
fn powered(device: &Caora) -> Result<(), Error> {
    match device.power() {
        Power::On => Ok(()),
        Power::Off => Err(Error::NoCard),
        Power::Lost => Err(Error::CardReset),
    }
}

impl Reader for CaoraReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        let mut device = self.device.hold(call)?;
        self.powered = true;
        let atr = device.run(&PowerOn, call)?;
        device.set_power(Power::On);
        Ok(atr)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        let mut device = self.device.hold(call)?;
        powered(&device).map_err(|error| match error {
            Error::NoCard => Error::CardRemoved,
            error => error,
        })?;
        device.quirks().carries(command)?;
        let answer = device.run(&Transmit { apdu: command }, call)?;
        response.extend_from_slice(&answer);
        Ok(())
    }

    fn power_off(&mut self) {
        if !std::mem::take(&mut self.powered) {
            return;
        }
        let call = Call::within(POWER_OFF);
        let Ok(mut device) = self.device.hold(&call) else {
            return;
        };
        if device.power() != Power::Lost {
            // It fails where device or card is gone: nothing is left to power off.
            let _ = device.run(&PowerOff, &call);
        }
        device.set_power(Power::Off);
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        let mut device = self.device.hold(call)?;
        let show = screens::show(screen, device.quirks())?;
        match device.run(&show, call)? {
            None => Ok(Answer::Seen),
            Some(pressed) => screens::answer(pressed, &show),
        }
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let mut device = self.device.hold(call)?;
        let pad = screens::pin(request, device.quirks())?;
        match device.run(&pad, call) {
            Ok(pin) => Ok(Some(pin)),
            Err(Failure::Refused(Code::PATIENT_CANCELLED)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        let mut device = self.device.hold(call)?;
        let verify = screens::face(request, device.quirks())?;
        powered(&device)?;
        Ok(device.run(&verify, call)?)
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        let mut device = self.device.hold(call)?;
        let here = device.needs(Capability::StaffVisual);
        here.or_else(|_| device.needs(Capability::RemoteVisual))?;
        powered(&device)?;
        Ok(device.run(&AcceptVisual, call)?)
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        match code {
            control::ECHO => Ok(input.to_vec()),
            DIAGNOSE => {
                let (counters, settings) = self.device.hold(call)?.diagnose(call)?;
                serde_json::to_vec(&Diagnosis { counters, settings }).map_err(|error| protocol(&error))
            }
            _ => Err(Error::Unsupported),
        }
    }
}

impl Drop for CaoraReader {
    fn drop(&mut self) {
        self.power_off();
    }
}
