//! The reader with the flaw.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader, control};

use crate::{Flaw, pad, visit};

/// A deadline that comes so soon is one that a rule waits for.
const SHORT: Duration = Duration::from_millis(200);
/// By how much the one that is late is late.
const LATE: Duration = Duration::from_millis(500);

pub(crate) struct Flawed {
    /// None once a flaw took it away.
    good: Option<Box<dyn Reader>>,
    flaw: Flaw,
    off: bool,
    sent: u32,
}

impl Flawed {
    pub(crate) fn new(good: Box<dyn Reader>, flaw: Flaw) -> Self {
        Self {
            good: Some(good),
            flaw,
            off: false,
            sent: 0,
        }
    }

    fn good(&mut self) -> Result<&mut dyn Reader, Error> {
        match &mut self.good {
            Some(good) => Ok(good.as_mut()),
            None => Err(Error::ReaderRemoved),
        }
    }

    /// Has the card lose what it was told, and be powered as before.
    fn forget(&mut self, call: &Call) -> Result<(), Error> {
        let good = self.good()?;
        good.power_off();
        good.power_on(call).map(drop)
    }
}

/// The same call for one who does not look whether it was called off.
fn heedless(call: &Call) -> Call {
    Call::within(call.remaining().min(Duration::from_secs(2)))
}

impl Reader for Flawed {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        (self.off, self.sent) = (false, 0);
        let begun = call.check().is_ok();
        let result = self.good()?.power_on(call);
        if self.flaw == Flaw::PowersLate && begun && result.is_err() && call.check().is_err() {
            std::thread::sleep(LATE);
        }
        result
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        if self.off {
            return Err(Error::CardRemoved);
        }
        self.sent += 1;
        let (flaw, sent) = (self.flaw, self.sent);
        if flaw == Flaw::TransmitIgnoresCancel && call.check().is_ok() {
            return self.good()?.transmit(command, response, &heedless(call));
        }
        match self.good()?.transmit(command, response, call) {
            Err(Error::CardRemoved) if flaw == Flaw::ShortResponse && sent > 1 => {
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
        } else if let Some(good) = &mut self.good {
            good.power_off();
        }
    }

    #[expect(clippy::panic, reason = "that is one of the flaws")]
    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        match (self.flaw, &screen.page) {
            (Flaw::IgnoresCancel, Page::StaffCheck) if call.check().is_ok() => {
                self.good()?.present(screen, &heedless(call))
            }
            (Flaw::LeaksThread, Page::Register) => {
                std::thread::spawn(|| {
                    loop {
                        std::thread::park();
                    }
                });
                self.good()?.present(screen, call)
            }
            (Flaw::Panics, Page::TakeCard) => panic!("the flaw"),
            (Flaw::Hangs, Page::Failed) => loop {
                std::thread::park();
            },
            _ => self.good()?.present(screen, call),
        }
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        if self.flaw == Flaw::LeavesPad {
            return pad::left_on(&mut self.good, request, call);
        }
        let short = call.check().is_ok() && call.remaining() < SHORT;
        let result = self.good()?.enter_pin(request, call);
        match (self.flaw, &result) {
            (Flaw::Late, Err(Error::Timeout)) if short => std::thread::sleep(LATE),
            (Flaw::InventsPin, Ok(None)) => return Ok(Pin::new(b"0000".to_vec()).ok()),
            (Flaw::KeepsPin, Ok(Some(pin))) => {
                Box::leak(pin.expose().to_vec().into_boxed_slice());
            }
            _ => {}
        }
        result
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        let begun = call.check().is_ok();
        if self.flaw == Flaw::CameraIgnoresCancel && begun {
            return self.good()?.verify_face(request, &heedless(call));
        }
        let result = self.good()?.verify_face(request, call);
        match (self.flaw, &result) {
            (Flaw::SaysMatch, Ok(FaceOutcome::NoMatch)) => return Ok(FaceOutcome::Match),
            (Flaw::EmptyMatch, Ok(FaceOutcome::Match)) => self.forget(call)?,
            (Flaw::CameraLate, Err(Error::Timeout)) if begun => std::thread::sleep(LATE),
            _ => {}
        }
        result
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        self.good()?.accept_visual(call)?;
        if self.flaw == Flaw::EmptyWord {
            self.forget(call)?;
        }
        Ok(())
    }

    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        call: &Call,
    ) -> Result<Outcome, Error> {
        let flaw = self.flaw;
        visit::run(self.good()?, flaw, plan, progress, call)
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        match (self.flaw, code) {
            (Flaw::WrongEcho, control::ECHO) => Ok(input.to_ascii_uppercase()),
            (Flaw::Aborts, u32::MAX) => std::process::abort(),
            _ => self.good()?.control(code, input, call),
        }
    }
}
