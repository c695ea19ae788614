//! A plugin's reader in the contract's own terms.

use std::mem::take;

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RSlice, RSliceMut, RVec};
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader};
use zeroize::{Zeroize, Zeroizing};

use crate::v1::{ForeignProgress, PIN_ROOM, ProgressBox, ReaderBox};
use crate::{bounds, message};

/// The longest answer that is taken over, in bytes: an extended APDU response and then some.
const MAX_ANSWER_LEN: usize = 1 << 17;

pub(super) struct Imported(pub(super) ReaderBox);

impl Reader for Imported {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        let atr = self.0.power_on(bounds::outgoing(call)).into_result()?;
        bounded("answer to reset", atr).map(Atr)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        // The plugin writes into the host's own buffer: nothing is allocated here and freed there.
        let mut buffer = RVec::from(take(response));
        buffer.clear();
        let result = self
            .0
            .transmit(RSlice::from_slice(command), &mut buffer, bounds::outgoing(call))
            .into_result();
        *response = buffer.into_vec();
        result?;
        match response.len() {
            // A card that was pulled: a driver has to say so, and some will not.
            0 | 1 => Err(Error::CardRemoved),
            2..=MAX_ANSWER_LEN => Ok(()),
            _ => Err(Error::Protocol {
                detail: "response: too long".to_owned(),
            }),
        }
    }

    fn power_off(&mut self) {
        self.0.power_off();
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        let screen = message::encode("screen", screen)?;
        let answer = self
            .0
            .present(RSlice::from_slice(&screen), bounds::outgoing(call))
            .into_result()?;
        message::decode("answer", &answer)
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        let request = message::encode("PIN request", request)?;
        let mut room = Zeroizing::new([0; PIN_ROOM]);
        let len = self
            .0
            .enter_pin(
                RSlice::from_slice(&request),
                RSliceMut::from_mut_slice(&mut *room),
                bounds::outgoing(call),
            )
            .into_result()?
            .into_option();
        let Some(len) = len else { return Ok(None) };
        let digits = usize::try_from(len).ok().and_then(|len| room.get(..len));
        let digits = digits.ok_or_else(|| Error::Protocol {
            detail: "PIN: longer than its room".to_owned(),
        })?;
        let pin = Pin::new(digits.to_vec()).map_err(|problem| Error::Protocol {
            detail: problem.to_string(),
        })?;
        Ok(Some(pin))
    }

    fn verify_face(&mut self, _: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        message::decode(
            "face outcome",
            &self.0.verify_face(bounds::outgoing(call)).into_result()?,
        )
    }

    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        call: &Call,
    ) -> Result<Outcome, Error> {
        let plan = message::encode("plan", plan)?;
        let sink = ProgressBox::from_value(Sink(progress), TD_Opaque);
        let mut outcome = self
            .0
            .run_visit(RSlice::from_slice(&plan), sink, bounds::outgoing(call))
            .into_result()?;
        let result = message::decode("outcome", &outcome);
        outcome.as_mut_slice().zeroize();
        result
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        let output = self
            .0
            .control(code, RSlice::from_slice(input), bounds::outgoing(call))
            .into_result()?;
        bounded("control", output)
    }
}

struct Sink<'a>(&'a mut dyn FnMut(Progress));

impl ForeignProgress for Sink<'_> {
    fn report(&mut self, progress: RSlice<'_, u8>) {
        // A step that a later contract added is not shown; the outcome counts.
        if let Ok(step) = message::decode("progress", progress.as_slice()) {
            (self.0)(step);
        }
    }
}

fn bounded(what: &str, bytes: RVec<u8>) -> Result<Vec<u8>, Error> {
    if bytes.len() > MAX_ANSWER_LEN {
        return Err(Error::Protocol {
            detail: format!("{what}: too long"),
        });
    }
    Ok(bytes.into_vec())
}
