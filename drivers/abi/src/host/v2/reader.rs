//! A plugin's reader in the contract's own terms.

use std::mem::take;

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RSlice, RSliceMut, RVec};
use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader};
use zeroize::{Zeroize, Zeroizing};

use super::super::answer;
use crate::v1::ForeignProgress;
use crate::v2::{PIN_ROOM, ProgressBox, ReaderBox};
use crate::{bounds, message};

pub(super) struct Imported(pub(super) ReaderBox);

impl Reader for Imported {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        let atr = self.0.power_on(bounds::outgoing(call)).into_result()?;
        answer::bounded("answer to reset", atr.into_vec()).map(Atr)
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
        answer::response(response)
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
        answer::pin(&*room, usize::try_from(len).unwrap_or(usize::MAX)).map(Some)
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        let request = message::encode("face request", request)?;
        let outcome = self
            .0
            .verify_face(RSlice::from_slice(&request), bounds::outgoing(call))
            .into_result()?;
        message::decode("face outcome", &outcome)
    }

    fn accept_visual(&mut self, call: &Call) -> Result<(), Error> {
        let result = self.0.accept_visual(bounds::outgoing(call)).into_result();
        Ok(result?)
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
        answer::bounded("control", output.into_vec())
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
