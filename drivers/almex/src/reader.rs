//! A reader, for one thread, over the device that it shares with the pump.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::{Atr, Call, Capability, Error, Pin, Reader, control};
use madoguchi_driver_kit::Shared;

use crate::commands::{Conversation, card, face, page, pin, visual};
use crate::device::MynaTouch;
use crate::error::Fault;
use crate::quirks::Quirks;
use crate::screens;

/// [`Reader::control`] code: the last command that came to nothing and its 復帰値, as in the maker's console; empty
/// where there is none.
pub const LAST_RETURN_VALUE: u32 = control::FIRST_MAKER_CODE;

/// An open reader.
pub(crate) struct AlmexReader {
    device: Shared<MynaTouch>,
    /// Whether a card may have power.
    powered: bool,
}

impl AlmexReader {
    pub(crate) const fn new(device: Shared<MynaTouch>) -> Self {
        Self {
            device,
            powered: false,
        }
    }

    fn with<T>(
        &self,
        call: &Call,
        work: impl FnOnce(&mut Conversation, &Quirks) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut held = self.device.hold(call)?;
        let (conversation, quirks) = held.parts();
        Ok(work(conversation, quirks)?)
    }

    /// Powers the card off in a call, which a device that does not answer must not hold.
    fn power_off_in(&mut self, call: &Call) {
        self.power_off_within(call.remaining().clamp(card::POWER_OFF_LATE, card::POWER_OFF));
    }

    fn power_off_within(&mut self, patience: Duration) {
        if !std::mem::take(&mut self.powered) {
            return;
        }
        // Where the device is gone its card has no power either.
        if let Ok(mut held) = self.device.hold(&Call::within(patience)) {
            card::power_off(held.parts().0, patience);
        }
    }
}

impl Reader for AlmexReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.power_off_in(call);
        self.powered = true;
        let result = self.with(call, |conversation, _| card::power_on(conversation, call));
        if result.is_err() {
            self.power_off_in(call);
        }
        result
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        self.with(call, |conversation, quirks| {
            card::check_length(command, quirks.apdu_bytes)?;
            card::transmit(conversation, command, response, call)
        })
    }

    fn power_off(&mut self) {
        self.power_off_within(card::POWER_OFF);
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        self.with(call, |conversation, quirks| {
            let form = screens::form(screen, quirks)?;
            page::show(conversation, &form, call)
        })
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        self.with(call, |conversation, quirks| {
            let words = screens::pin(request, quirks)?;
            pin::enter(conversation, request.digits, request.holder, &words, call)
        })
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.with(call, |conversation, quirks| {
            let words = screens::face(request, quirks)?;
            face::verify(conversation, &words, call)
        })
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        self.with(call, |conversation, quirks| {
            screens::needs(quirks, Capability::StaffVisual)
                .or_else(|_| screens::needs(quirks, Capability::RemoteVisual))?;
            visual::accept(conversation, call)
        })
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        match code {
            control::ECHO => Ok(input.to_vec()),
            LAST_RETURN_VALUE => self.with(call, |conversation, _| {
                let line = |(command, value)| format!("{command} {value}").into_bytes();
                Ok(conversation.complaint().map(line).unwrap_or_default())
            }),
            _ => Err(Error::Unsupported),
        }
    }
}

impl Drop for AlmexReader {
    fn drop(&mut self) {
        self.power_off();
    }
}
