//! An open reader: what the contract asks, in the device's commands.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, PinRequest, Screen};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader};
use madoguchi_driver_kit::Shared;

use crate::commands::card::{PowerOff, PowerOn, Transmit};
use crate::device::FaceOne;
use crate::screens;

/// How long the device may take to power a card off. Nobody waits for more.
const POWER_OFF: Duration = Duration::from_millis(500);
/// The same where a call's time is up: it is told, and hardly waited for.
const POWER_OFF_LATE: Duration = Duration::from_millis(20);

pub(crate) struct FaceOneReader {
    device: Shared<FaceOne>,
    /// Whether a card may have power because of this reader.
    powered: bool,
}

impl FaceOneReader {
    pub(crate) fn new(device: Shared<FaceOne>) -> Self {
        Self {
            device,
            powered: false,
        }
    }

    fn power_off_within(&mut self, patience: Duration) {
        if !std::mem::take(&mut self.powered) {
            return;
        }
        let call = Call::within(patience);
        if let Ok(mut device) = self.device.hold(&call) {
            // It fails where the device is gone: then the card has no power either.
            let _ = device.run(&PowerOff, &call);
        }
    }
}

impl Reader for FaceOneReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        let mut device = self.device.hold(call)?;
        // Even where the answer is lost.
        self.powered = true;
        let atr = device.run(&PowerOn, call);
        drop(device);
        if atr.is_err() {
            self.power_off_within(call.remaining().clamp(POWER_OFF_LATE, POWER_OFF));
        }
        Ok(atr?)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        if !self.powered {
            return Err(Error::NoCard);
        }
        let mut device = self.device.hold(call)?;
        let answer = device.run(&Transmit(command), call)?;
        response.extend_from_slice(&answer);
        Ok(())
    }

    fn power_off(&mut self) {
        self.power_off_within(POWER_OFF);
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        let mut device = self.device.hold(call)?;
        let show = screens::show(screen, device.quirks())?;
        Ok(device.run(&show, call)?)
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let mut device = self.device.hold(call)?;
        let ask = screens::pin(request, device.quirks())?;
        Ok(device.run(&ask, call)?)
    }
}

impl Drop for FaceOneReader {
    fn drop(&mut self) {
        self.power_off();
    }
}
