//! The reader: cards through PC/SC, people through HID.

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::{Atr, Call, Capability, Error, Pin, Reader, control};
use madoguchi_driver_kit::{Shared, texts};
use madoguchi_transport::pcsc::Link;

use crate::commands::fetch::End;
use crate::commands::{accepted, echo, face, pin, show, visual};
use crate::device::FaceReader;
use crate::error;
use crate::screens::{self, spell};
use crate::transport::message::Code;

/// Sends up to 55 bytes to the device and back: whether it is alive.
pub const CONTROL_ECHO: u32 = control::FIRST_MAKER_CODE;

/// An open reader.
pub(crate) struct PanasonicReader {
    device: Shared<FaceReader>,
    link: Link,
    /// Whether a card was powered up and nobody powered it off.
    powered: bool,
}

impl PanasonicReader {
    pub(crate) fn new(device: Shared<FaceReader>) -> Self {
        Self {
            device,
            link: Link::new(),
            powered: false,
        }
    }

    /// The HID half may be gone while the slot still answers.
    fn check_whole(&self) -> Result<(), Error> {
        if self.device.is_lost() {
            return Err(Error::ReaderRemoved);
        }
        Ok(())
    }

    /// A device that finds no card where one was powered up has lost it, which the link cannot know.
    fn lost_card(&mut self, error: error::Error) -> Error {
        match error.into() {
            Error::NoCard | Error::CardRemoved => {
                self.link.card_lost();
                Error::CardRemoved
            }
            error => error,
        }
    }
}

/// A person ended a task in a way that it cannot end.
fn nonsense(command: Code) -> Error {
    error::Error::Content {
        command,
        field: "end",
    }
    .into()
}

impl Reader for PanasonicReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.power_off();
        let (name, hold) = {
            let device = self.device.hold(call)?;
            (device.slot().name(), device.slot().hold().clone())
        };
        let atr = self.link.power_on(&name, &hold, call)?;
        self.powered = true;
        Ok(Atr(atr))
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        response.clear();
        self.check_whole()?;
        self.link.transmit(command, response, call)
    }

    fn power_off(&mut self) {
        self.link.power_off();
        self.powered = false;
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        let mut device = self.device.hold(call)?;
        if !device.quirks().can(Capability::Screen) {
            return Err(Error::Unsupported);
        }
        let form = screens::form(screen, device.quirks()).ok_or(Error::Unsupported)?;
        let message = show::message(&form);
        if !screen.page.asks() {
            device.tasks().show(&message, call)?;
            return Ok(Answer::Seen);
        }
        match device.run(&message, call)? {
            End::Button(bit) => screens::answer(bit).ok_or_else(|| nonsense(Code::Show)),
            _ => Err(nonsense(Code::Show)),
        }
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let mut device = self.device.hold(call)?;
        let quirks = device.quirks();
        if !quirks.can(Capability::PinPad) || request.digits > quirks.max_digits {
            return Err(Error::Unsupported);
        }
        let language = quirks.language(&request.language);
        let panel = texts::pin(&PinRequest {
            language: language.tag().to_owned(),
            ..request.clone()
        });
        let (_, texts) = spell(&panel, quirks);
        let ended = device.run(&pin::message(request, language, &texts), call)?;
        // Nothing that was typed stays there.
        device.tasks().clear();
        match ended {
            End::Typed(pin) if pin.expose().len() == usize::from(request.digits) => Ok(Some(pin)),
            End::PinCancelled => Ok(None),
            _ => Err(nonsense(Code::Pin)),
        }
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        if !self.powered {
            return Err(Error::NoCard);
        }
        let mut device = self.device.hold(call)?;
        let quirks = device.quirks();
        if !quirks.can(Capability::Face) {
            return Err(Error::Unsupported);
        }
        let language = quirks.language(&request.language);
        let panel = texts::face(&FaceRequest {
            language: language.tag().to_owned(),
            ..request.clone()
        });
        let (_, texts) = spell(&panel, quirks);
        let message = face::message(request.again_because, language, &texts);
        let ended = device.run(&message, call);
        if ended.is_ok() {
            device.tasks().clear();
        }
        drop(device);
        match ended.map_err(|error| self.lost_card(error))? {
            End::Face(outcome) => Ok(outcome),
            _ => Err(nonsense(Code::Face)),
        }
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        if !self.powered {
            return Err(Error::NoCard);
        }
        let mut device = self.device.hold(call)?;
        let quirks = device.quirks();
        if !quirks.can(Capability::StaffVisual) && !quirks.can(Capability::RemoteVisual) {
            return Err(Error::Unsupported);
        }
        let reply = device.tasks().ask(&visual::message(), call)?;
        drop(device);
        accepted(Code::Visual, reply).map_err(|error| self.lost_card(error))
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        match code {
            control::ECHO => Ok(input.to_vec()),
            CONTROL_ECHO => {
                let reply = self.device.hold(call)?.tasks().ask(&echo::message(input), call)?;
                Ok(echo::read(reply)?)
            }
            _ => Err(Error::Unsupported),
        }
    }
}
