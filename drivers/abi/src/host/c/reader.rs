//! A reader of a driver in C in the contract's own terms.

#![expect(unsafe_code, reason = "calls functions of a C library")]

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Atr, Call, Error, Pin, Reader, control};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::driver::Started;
use super::pending::Pending;
use super::room::{Room, call};
use crate::c::{ATR_ROOM, Buffer, CONTROL_ROOM, MESSAGE_ROOM, PIN_ROOM, RESPONSE_ROOM, Status};
use crate::host::answer;
use crate::message;

/// A function that is sent a message and answers one.
type Exchange =
    unsafe extern "C" fn(*mut c_void, *const u8, usize, *const crate::c::Call, *mut Buffer) -> Status;

pub(super) struct Imported {
    driver: Arc<Started>,
    reader: NonNull<c_void>,
    /// Kept from APDU to APDU, so that the hot path does not allocate; wiped after each.
    response: Room,
}

// SAFETY: the header says that one thread at a time uses a reader, whichever it is.
unsafe impl Send for Imported {}

impl Imported {
    pub(super) fn new(driver: Arc<Started>, reader: NonNull<c_void>) -> Self {
        Self {
            driver,
            reader,
            response: Room::new(RESPONSE_ROOM),
        }
    }

    /// Sends a message and has the answer written into the room.
    fn exchange<'r>(
        &mut self,
        function: Option<Exchange>,
        what: (&'static str, &'static str),
        question: &impl Serialize,
        pending: &Pending<'_>,
        room: &'r mut Room,
    ) -> Result<&'r [u8], Error> {
        let function = function.ok_or(Error::Unsupported)?;
        let question = message::encode(what.0, question)?;
        // SAFETY: the reader's own pointer, and others that are valid for the call.
        room.fill(what.1, |buffer| unsafe {
            function(
                self.reader.as_ptr(),
                question.as_ptr(),
                question.len(),
                pending.as_ptr(),
                buffer,
            )
        })
    }

    fn ask<T: DeserializeOwned>(
        &mut self,
        function: Option<Exchange>,
        what: (&'static str, &'static str),
        question: &impl Serialize,
        pending: &Pending<'_>,
    ) -> Result<T, Error> {
        let mut room = Room::new(MESSAGE_ROOM);
        let answer = self.exchange(function, what, question, pending, &mut room)?;
        message::decode(what.1, answer)
    }
}

impl Reader for Imported {
    fn power_on(&mut self, bounds: &Call) -> Result<Atr, Error> {
        let power_on = self.driver.contract.power_on.ok_or(Error::Unsupported)?;
        let pending = Pending::new(bounds);
        let mut room = Room::new(ATR_ROOM);
        // SAFETY: the reader's own pointer, and others that are valid for the call.
        let atr = room.fill("answer to reset", |buffer| unsafe {
            power_on(self.reader.as_ptr(), pending.as_ptr(), buffer)
        })?;
        Ok(Atr(atr.to_vec()))
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, bounds: &Call) -> Result<(), Error> {
        response.clear();
        let transmit = self.driver.contract.transmit.ok_or(Error::Unsupported)?;
        let pending = Pending::new(bounds);
        // SAFETY: the reader's own pointer, and others that are valid for the call.
        let answered = self.response.fill("response", |buffer| unsafe {
            transmit(
                self.reader.as_ptr(),
                command.as_ptr(),
                command.len(),
                pending.as_ptr(),
                buffer,
            )
        });
        let result = answered.and_then(|bytes| {
            response.extend_from_slice(bytes);
            answer::response(response)
        });
        self.response.wipe();
        result
    }

    fn power_off(&mut self) {
        if let Some(power_off) = self.driver.contract.power_off {
            // SAFETY: the reader's own pointer.
            unsafe { power_off(self.reader.as_ptr()) };
        }
    }

    fn present(&mut self, screen: &Screen, bounds: &Call) -> Result<Answer, Error> {
        let function = self.driver.contract.present;
        self.ask(function, ("screen", "answer"), screen, &Pending::new(bounds))
    }

    fn enter_pin(&mut self, request: &PinRequest, bounds: &Call) -> Result<Option<Pin>, Error> {
        let function = self.driver.contract.enter_pin;
        let mut room = Room::new(PIN_ROOM);
        let what = ("PIN request", "PIN");
        let digits = self.exchange(function, what, request, &Pending::new(bounds), &mut room)?;
        match digits {
            [] => Ok(None),
            digits => answer::pin(digits, digits.len()).map(Some),
        }
    }

    fn verify_face(&mut self, request: &FaceRequest, bounds: &Call) -> Result<FaceOutcome, Error> {
        let function = self.driver.contract.verify_face;
        let what = ("face request", "face outcome");
        self.ask(function, what, request, &Pending::new(bounds))
    }

    fn accept_visual(&mut self, bounds: &Call) -> Result<(), Error> {
        let accept_visual = self.driver.contract.accept_visual.ok_or(Error::Unsupported)?;
        let pending = Pending::new(bounds);
        // SAFETY: the reader's own pointer and one that is valid for the call.
        call(|| unsafe { accept_visual(self.reader.as_ptr(), pending.as_ptr()) })
    }

    fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
        bounds: &Call,
    ) -> Result<Outcome, Error> {
        let function = self.driver.contract.run_visit;
        let pending = Pending::with_progress(bounds, progress);
        self.ask(function, ("plan", "outcome"), plan, &pending)
    }

    fn control(&mut self, code: u32, input: &[u8], bounds: &Call) -> Result<Vec<u8>, Error> {
        if code == control::ECHO {
            return Ok(input.to_vec());
        }
        let function = self.driver.contract.control.ok_or(Error::Unsupported)?;
        let pending = Pending::new(bounds);
        let mut room = Room::new(CONTROL_ROOM);
        // SAFETY: the reader's own pointer, and others that are valid for the call.
        let output = room.fill("control", |buffer| unsafe {
            function(
                self.reader.as_ptr(),
                code,
                input.as_ptr(),
                input.len(),
                pending.as_ptr(),
                buffer,
            )
        })?;
        Ok(output.to_vec())
    }
}

impl Drop for Imported {
    fn drop(&mut self) {
        if let Some(close) = self.driver.contract.close {
            // SAFETY: the reader's own pointer, and the last use of it.
            unsafe { close(self.reader.as_ptr()) };
        }
    }
}
