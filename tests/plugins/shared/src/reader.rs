//! The fake reader.

use std::process;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, Page, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Decision, Error, Event, LogLevel, Method, Pin, Reader, control};

use crate::card::{CERTIFICATE, Card, PIN};
use crate::driver::{Shared, Slot};
use crate::{Behaviour, code, trouble};

pub(crate) struct FakeReader {
    shared: Arc<Shared>,
    slot: usize,
    card: Card,
    powered: bool,
}

impl FakeReader {
    pub(crate) fn new(shared: Arc<Shared>, slot: usize) -> Self {
        Self {
            shared,
            slot,
            card: Card::default(),
            powered: false,
        }
    }

    fn slot(&self) -> &Slot {
        &self.shared.slots[self.slot]
    }

    fn set_card(&self, present: bool) -> Result<(), Error> {
        let selector = self.slot().selector.to_owned();
        self.slot().card_present.store(present, Ordering::Release);
        let event = if present {
            Event::CardInserted { selector }
        } else {
            Event::CardGone { selector }
        };
        self.shared
            .events
            .try_send(Some(event))
            .map_err(|_| Error::ServiceUnavailable)
    }
}

impl Reader for FakeReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.shared.trap.step();
        call.check()?;
        if !self.slot().card_present.load(Ordering::Acquire) {
            return Err(Error::NoCard);
        }
        self.card.power();
        self.powered = true;
        Ok(Atr(vec![0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14]))
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        self.shared.trap.step();
        call.check()?;
        response.clear();
        if !self.powered || !self.slot().card_present.load(Ordering::Acquire) {
            return Err(Error::CardRemoved);
        }
        match (self.shared.behaviour, self.slot().selector) {
            (Behaviour::PanicOnTransmit, _) => trouble::panic(),
            (Behaviour::HangOnTransmit, _) => trouble::hang(),
            (Behaviour::Nonsense, "flood") => response.resize(1 << 18, 0xAA),
            (Behaviour::Nonsense, "garbage") => response.extend([0xDE, 0xAD, 0xBE]),
            (Behaviour::Nonsense, _) => {}
            (Behaviour::Good, _) => self.card.answer(command, response),
        }
        Ok(())
    }

    fn power_off(&mut self) {
        self.shared.trap.step();
        self.powered = false;
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        self.shared.trap.step();
        match &screen.page {
            Page::ChooseMedium { options, .. } => options
                .first()
                .map(|medium| Answer::Medium(*medium))
                .ok_or(Error::Unsupported),
            Page::Register => Err(trouble::wait(call)),
            Page::Consent { .. } => Ok(Answer::Yes),
            page if !page.asks() => Ok(Answer::Seen),
            _ => Err(Error::Unsupported),
        }
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        self.shared.trap.step();
        call.check()?;
        if usize::from(request.digits) != PIN.len() {
            return Ok(None);
        }
        Ok(Pin::new(PIN.to_vec()).ok())
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.shared.trap.step();
        call.check()?;
        // Nothing changes on a fake face, except that it is there the second time.
        Ok(match request.again_because {
            None if request.language == "en" => FaceOutcome::NoFace,
            None | Some(FaceOutcome::NoFace) => FaceOutcome::Match,
            Some(other) => other,
        })
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        self.shared.trap.step();
        call.check()?;
        if self.powered { Ok(()) } else { Err(Error::NoCard) }
    }

    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        call: &Call,
    ) -> Result<Outcome, Error> {
        self.shared.trap.step();
        let Some(medium) = plan.media.first().copied() else {
            return Err(Error::Unsupported);
        };
        for step in [
            Progress::ChoosingMedium,
            Progress::WaitingForCard,
            Progress::Verifying,
            Progress::Signing,
            Progress::AskingConsent,
        ] {
            progress(step);
            call.check()?;
        }
        let decisions = plan
            .consents
            .iter()
            .map(|question| Decision {
                item: question.item,
                granted: true,
            })
            .collect();
        Ok(Outcome::Verified {
            medium,
            method: Method::Face,
            certificate: CERTIFICATE.to_vec(),
            signature: plan.challenge.iter().rev().copied().collect(),
            decisions,
        })
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        self.shared.trap.step();
        match code {
            control::ECHO if self.shared.behaviour == Behaviour::Nonsense => return Ok(Vec::new()),
            control::ECHO => return Ok(input.to_vec()),
            code::PANIC => trouble::panic(),
            code::HANG => trouble::hang(),
            code::ABORT => process::abort(),
            code::LEAK => trouble::leak(),
            code::INSERT_CARD => self.set_card(true)?,
            code::REMOVE_CARD => self.set_card(false)?,
            code::PANIC_NEXT => self.shared.trap.set(),
            code::SETTINGS => return Ok(self.shared.host.settings().as_bytes().to_vec()),
            code::WAIT => return Err(trouble::wait(call)),
            _ => {
                self.shared.host.log(LogLevel::Warn, "unknown control code");
                return Err(Error::Unsupported);
            }
        }
        Ok(Vec::new())
    }
}
