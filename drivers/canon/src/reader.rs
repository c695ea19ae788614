//! A reader over a device: what the gateway asks, in the device's operations.

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::{Atr, Call, Capability, Error as Api, Pin, Reader};
use madoguchi_driver_kit::{Held, Shared};

use crate::codec::Target;
use crate::commands::{
    AcceptVisual, Activate, Activated, Answered, Ask, AskPin, Command, Exchange, Exchanged, Face, FaceDone,
    Show, Typed,
};
use crate::device::HiCara;
use crate::error::{Error, Status};
use crate::screens;

/// A response APDU has a status word.
const STATUS_WORD: usize = 2;

/// An open reader.
pub(crate) struct HiCaraReader {
    device: Shared<HiCara>,
}

impl HiCaraReader {
    pub(crate) const fn new(device: Shared<HiCara>) -> Self {
        Self { device }
    }

    fn hold(&self, call: &Call) -> Result<Held<'_, HiCara>, Api> {
        self.device.hold(call)
    }
}

impl Reader for HiCaraReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Api> {
        Ok(self.hold(call)?.power_on(call)?)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Api> {
        response.clear();
        Ok(self.hold(call)?.transmit(command, response, call)?)
    }

    fn power_off(&mut self) {
        // A device that is gone has taken the power along.
        if let Ok(mut device) = self.hold(&Call::within(Call::PATIENCE)) {
            device.power_off();
        }
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Api> {
        Ok(self.hold(call)?.present(screen, call)?)
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Api> {
        Ok(self.hold(call)?.enter_pin(request, call)?)
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Api> {
        Ok(self.hold(call)?.verify_face(request, call)?)
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Api> {
        Ok(self.hold(call)?.accept_visual(call)?)
    }
}

impl Drop for HiCaraReader {
    fn drop(&mut self) {
        self.power_off();
    }
}

impl HiCara {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.power_off_in(call);
        self.ready(call)?;
        let known = self.field.target();
        let powered = match known {
            Some(target) => self.activate(target, call),
            None => Err(Error::NoCard),
        };
        if !matches!(powered, Err(Error::NoCard)) {
            return powered;
        }
        // What came or left may not have been told yet.
        self.look_at_field(call)?;
        if self.field.has_collision() {
            return Err(Error::Refused {
                operation: Activate::OPERATION,
                status: Status::Collision,
            });
        }
        let target = self.field.target().filter(|target| Some(*target) != known);
        self.activate(target.ok_or(Error::NoCard)?, call)
    }

    fn activate(&mut self, target: Target, call: &Call) -> Result<Atr, Error> {
        // From here on the device may have powered it, whatever comes back.
        self.field.power_on(target);
        let powered = self
            .request(&Activate { target: target.id }, call)
            .and_then(|response| Ok(Atr(response.decode::<Activated<'_>>()?.atr.to_vec())));
        match powered {
            Err(error) if error.is(Status::NoTarget) => {
                self.field.power_off();
                Err(Error::NoCard)
            }
            Err(error) => {
                self.power_off_in(call);
                Err(error)
            }
            powered => powered,
        }
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        let target = self.field.powered().map_err(|error| match error {
            // Whoever transmits had a card.
            Error::NoCard => Error::CardLeft,
            error => error,
        })?;
        if !self.quirks.carries(command) {
            // The card is still there: the caller may go on with shorter ones.
            return Err(Error::Refused {
                operation: Exchange::OPERATION,
                status: Status::ApduTooLong,
            });
        }
        let exchange = Exchange {
            target: target.id,
            apdu: command,
        };
        let answer = match self.request_powered(&exchange, call) {
            Err(error) if error.is(Status::NoTarget) || error.is(Status::MovedOff) => {
                self.field.lose();
                return Err(Error::CardLeft);
            }
            Err(error) if error.is(Status::NotActive) || error.is(Status::Collision) => {
                self.field.reset();
                return Err(Error::CardReset);
            }
            answer => answer?,
        };
        let Exchanged { apdu } = answer.decode()?;
        if apdu.len() < STATUS_WORD {
            self.field.lose();
            return Err(Error::CardLeft);
        }
        response.extend_from_slice(apdu);
        Ok(())
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        self.can(Capability::Screen)?;
        let shown = screens::shown(screen, &self.quirks)?;
        if !screen.page.asks() {
            self.request(&Show(&shown), call)?;
            return Ok(Answer::Seen);
        }
        let response = self.request(&Ask(&shown), call)?;
        let answer = response.decode::<Answered<'_>>()?.answer();
        answer
            .filter(|answer| screens::offers(&screen.page, answer))
            .ok_or(Error::Unfit {
                operation: Ask::OPERATION,
            })
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        self.can(Capability::PinPad)?;
        let ask = AskPin::new(request, screens::language(&request.language, &self.quirks));
        // The digits are in the response's own buffer, which is zeroized, and in the PIN that is made of it here.
        let response = self.request(&ask, call)?;
        let Typed { digits: Some(digits) } = response.decode()? else {
            return Ok(None);
        };
        let unfit = Error::Unfit {
            operation: AskPin::OPERATION,
        };
        if digits.len() != usize::from(request.digits) {
            return Err(unfit);
        }
        Pin::new(digits.to_vec()).map(Some).map_err(|_| unfit)
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.can(Capability::Face)?;
        self.powered_card()?;
        let face = Face::new(request, screens::language(&request.language, &self.quirks));
        let response = self.request_powered(&face, call)?;
        response.decode::<FaceDone>()?.outcome().ok_or(Error::Unfit {
            operation: Face::OPERATION,
        })
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        self.can(Capability::RemoteVisual)?;
        self.powered_card()?;
        self.request_powered(&AcceptVisual {}, call).map(drop)
    }

    /// Faces are compared with the photo on a card; a phone holds none.
    fn powered_card(&self) -> Result<(), Error> {
        match self.field.powered()?.kind {
            Target::PHONE => Err(Error::Lacking),
            _ => Ok(()),
        }
    }
}
