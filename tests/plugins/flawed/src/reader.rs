//! The reader with the flaw.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinRequest, Screen};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader, control};

use crate::Flaw;

pub(crate) struct Flawed {
    pub(crate) good: Box<dyn Reader>,
    pub(crate) flaw: Flaw,
    pub(crate) off: bool,
    pub(crate) sent: u32,
}

impl Reader for Flawed {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        (self.off, self.sent) = (false, 0);
        self.good.power_on(call)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        if self.off {
            return Err(Error::CardRemoved);
        }
        self.sent += 1;
        match self.good.transmit(command, response, call) {
            Err(Error::CardRemoved) if self.flaw == Flaw::ShortResponse && self.sent > 1 => {
                response.clear();
                response.extend([0x90, 0x00]);
                Ok(())
            }
            result => result,
        }
    }

    fn power_off(&mut self) {
        if self.flaw == Flaw::KeepsPower {
            self.off = true;
        } else {
            self.good.power_off();
        }
    }

    #[expect(clippy::panic, reason = "that is one of the flaws")]
    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        match (self.flaw, &screen.page) {
            (Flaw::IgnoresCancel, Page::StaffCheck) if call.check().is_ok() => self.good.present(
                screen,
                &Call::within(call.remaining().min(Duration::from_secs(2))),
            ),
            (Flaw::LeaksThread, Page::Register) => {
                std::thread::spawn(|| {
                    loop {
                        std::thread::park();
                    }
                });
                self.good.present(screen, call)
            }
            (Flaw::Panics, Page::TakeCard) => panic!("the flaw"),
            (Flaw::Hangs, Page::Failed) => loop {
                std::thread::park();
            },
            _ => self.good.present(screen, call),
        }
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let short = call.check().is_ok() && call.remaining() < Duration::from_millis(200);
        let result = self.good.enter_pin(request, call);
        match (self.flaw, &result) {
            (Flaw::Late, Err(Error::Timeout)) if short => {
                std::thread::sleep(Duration::from_millis(500));
            }
            (Flaw::InventsPin, Ok(None)) => return Ok(Pin::new(b"0000".to_vec()).ok()),
            _ => {}
        }
        result
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.good.verify_face(request, call)
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        self.good.accept_visual(call)
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        match (self.flaw, code) {
            (Flaw::WrongEcho, control::ECHO) => Ok(input.to_ascii_uppercase()),
            (Flaw::Aborts, u32::MAX) => std::process::abort(),
            _ => self.good.control(code, input, call),
        }
    }
}
