//! A reader as the host calls it.

use abi_stable::std_types::{ROption, RResult, RSlice, RSliceMut, RVec};
use madoguchi_driver_api::{Error, Reader};
use zeroize::Zeroize;

use super::guard::{Guarded, entry, quiet};
use crate::v2::{Bounds, Failure, ForeignReader, ProgressBox};
use crate::{bounds, message};

pub(super) struct Exported {
    reader: Guarded<dyn Reader>,
    /// Kept from APDU to APDU, so that the hot path does not allocate; wiped after each.
    response: Vec<u8>,
}

impl Exported {
    pub(super) fn new(reader: Box<dyn Reader>) -> Self {
        Self {
            reader: Guarded::new(reader),
            response: Vec::new(),
        }
    }
}

impl ForeignReader for Exported {
    fn power_on(&mut self, bounds: Bounds) -> RResult<RVec<u8>, Failure> {
        entry(|| {
            self.reader
                .power_on(&bounds::incoming(bounds))
                .map(|atr| RVec::from(atr.0))
        })
    }

    fn transmit(
        &mut self,
        command: RSlice<'_, u8>,
        response: &mut RVec<u8>,
        bounds: Bounds,
    ) -> RResult<(), Failure> {
        let result = entry(|| {
            let call = bounds::incoming(bounds);
            self.reader
                .transmit(command.as_slice(), &mut self.response, &call)?;
            response.clear();
            response.extend_from_copy_slice(&self.response);
            Ok(())
        });
        self.response.as_mut_slice().zeroize();
        self.response.clear();
        result
    }

    fn power_off(&mut self) {
        quiet(|| self.reader.power_off());
    }

    fn present(&mut self, screen: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure> {
        entry(|| {
            // A screen of a later version is one that this driver does not know.
            let screen = message::screen(screen.as_slice()).map_err(|_| Error::Unsupported)?;
            let answer = self.reader.present(&screen, &bounds::incoming(bounds))?;
            message::encode("answer", &answer).map(RVec::from)
        })
    }

    fn enter_pin(
        &mut self,
        request: RSlice<'_, u8>,
        mut room: RSliceMut<'_, u8>,
        bounds: Bounds,
    ) -> RResult<ROption<u32>, Failure> {
        entry(|| {
            let request = message::pin_request(request.as_slice())?;
            let Some(pin) = self.reader.enter_pin(&request, &bounds::incoming(bounds))? else {
                return Ok(ROption::RNone);
            };
            let digits = pin.expose();
            let room = room.as_mut_slice().get_mut(..digits.len());
            let room = room.ok_or_else(|| Error::Protocol {
                detail: "PIN: longer than its room".to_owned(),
            })?;
            room.copy_from_slice(digits);
            Ok(ROption::RSome(u32::try_from(digits.len()).unwrap_or_default()))
        })
    }

    fn verify_face(&mut self, request: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure> {
        entry(|| {
            let request = message::face_request(request.as_slice())?;
            let outcome = self.reader.verify_face(&request, &bounds::incoming(bounds))?;
            message::encode("face outcome", &outcome).map(RVec::from)
        })
    }

    fn accept_visual(&mut self, bounds: Bounds) -> RResult<(), Failure> {
        entry(|| self.reader.accept_visual(&bounds::incoming(bounds)))
    }

    fn run_visit(
        &mut self,
        plan: RSlice<'_, u8>,
        mut progress: ProgressBox<'_>,
        bounds: Bounds,
    ) -> RResult<RVec<u8>, Failure> {
        entry(|| {
            let plan = message::decode("plan", plan.as_slice())?;
            let mut report = |step| {
                if let Ok(bytes) = message::encode("progress", &step) {
                    progress.report(RSlice::from_slice(&bytes));
                }
            };
            let outcome = self
                .reader
                .run_visit(&plan, &mut report, &bounds::incoming(bounds))?;
            message::encode("outcome", &outcome).map(RVec::from)
        })
    }

    fn control(&mut self, code: u32, input: RSlice<'_, u8>, bounds: Bounds) -> RResult<RVec<u8>, Failure> {
        entry(|| {
            self.reader
                .control(code, input.as_slice(), &bounds::incoming(bounds))
                .map(RVec::from)
        })
    }
}
