//! A maker's reader, watched: a device that is lost in a call is off the list when the call returns, and one that
//! returned is taken up again.

use std::sync::Arc;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader};

use crate::Factory;
use crate::driver::Devices;
use crate::hub::Plug;
use crate::shared::Opened;

/// An open reader.
pub(crate) struct KitReader<F: Factory> {
    devices: Arc<Devices<F>>,
    selector: String,
    /// Declared before the device, so that it is dropped, and powers the card off, before another may open the device.
    reader: Box<dyn Reader>,
    plug: Plug,
    device: Opened<F::Device>,
}

impl<F: Factory> KitReader<F> {
    pub(crate) fn open(devices: Arc<Devices<F>>, selector: &str) -> Result<Self, Error> {
        let (plug, device) = devices.find(selector)?;
        let device = device.open()?;
        Ok(Self {
            reader: devices.common.factory.reader((*device).clone()),
            selector: selector.to_owned(),
            devices,
            plug,
            device,
        })
    }

    /// Takes up a device that was plugged in again. Only where nothing of the old one matters any more.
    fn renew(&mut self) -> Result<(), Error> {
        if self.device.is_lost() {
            *self = Self::open(Arc::clone(&self.devices), &self.selector)?;
        }
        Ok(())
    }

    /// One call of the maker's reader; it ends when the device is lost.
    fn call<T>(
        &mut self,
        call: &Call,
        work: impl FnOnce(&mut dyn Reader, &Call) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = work(&mut *self.reader, &self.device.bound(call));
        match result {
            Err(Error::Cancelled) if self.device.is_lost() && !call.cancel_flag().is_cancelled() => {
                Err(Error::ReaderRemoved)
            }
            Err(error @ (Error::ReaderRemoved | Error::ServiceUnavailable)) => {
                self.devices.common.hub.unlist(self.plug);
                self.device.lose();
                Err(error)
            }
            result => result,
        }
    }
}

impl<F: Factory> Reader for KitReader<F> {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.renew()?;
        self.call(call, |reader, call| reader.power_on(call))
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        self.call(call, |reader, call| reader.transmit(command, response, call))
    }

    fn power_off(&mut self) {
        self.reader.power_off();
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        self.renew()?;
        self.call(call, |reader, call| reader.present(screen, call))
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        self.renew()?;
        self.call(call, |reader, call| reader.enter_pin(request, call))
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.call(call, |reader, call| reader.verify_face(request, call))
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        self.call(call, |reader, call| reader.accept_visual(call))
    }

    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        call: &Call,
    ) -> Result<Outcome, Error> {
        self.renew()?;
        self.call(call, |reader, call| reader.run_visit(plan, progress, call))
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        self.renew()?;
        self.call(call, |reader, call| reader.control(code, input, call))
    }
}
