//! One command at a time, its response, and how an operation ended.

use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};

use super::Tray;
use crate::codec::{Frame, Kind, Mark};
use crate::error::{Fault, ReturnValue};
use crate::transport::Link;

/// What the device says unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Something about the tray.
    Tray(Tray),
    /// The screen was touched while nothing was asked.
    Touched,
}

/// Told what the device says unasked.
pub(crate) type Ear = Box<dyn FnMut(Notice) + Send>;

/// How long the response to most commands is waited for.
pub(crate) const RESPONSE: Duration = Duration::from_secs(1);

/// How long the response to CAN is waited for in a call that is over already: what is left is its patience.
const FAREWELL: Duration = Duration::from_millis(30);

/// After so long without a word it is made sure that the device is still there: while a person is waited for, and while
/// nothing goes on.
const WAITING_QUIET: Duration = Duration::from_secs(1);
const IDLE_QUIET: Duration = Duration::from_secs(5);

/// So many frames that cannot be understood, and what they said is not coming any more: the device gave up.
const HOPELESS: u32 = 3;

/// A response, or how an operation ended.
pub(crate) struct Reply {
    frame: Frame,
    pub(crate) value: ReturnValue,
}

impl Reply {
    /// What follows the return value.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.frame.fields().skip(2)
    }
}

/// A line with one conversation at a time.
pub(crate) struct Conversation {
    link: Link,
    ear: Ear,
    tray: Tray,
    /// How the operation ended, where that came.
    end: Option<Frame>,
    /// Whether something is still under way that nobody waits for.
    owes_cancel: bool,
    /// Whether a card may still have power that nobody uses.
    owes_power_off: bool,
    silent: bool,
    /// The last command that came to nothing, and why.
    complaint: Option<(&'static str, ReturnValue)>,
}

impl Conversation {
    /// A conversation over a link on which the device has answered.
    pub(crate) fn new(link: Link) -> Self {
        Self {
            link,
            ear: Box::new(|_| {}),
            tray: Tray::Empty,
            end: None,
            owes_cancel: false,
            owes_power_off: false,
            silent: false,
            complaint: None,
        }
    }

    /// Begins to tell what the device says unasked, given what lies on the tray now.
    pub(crate) fn tell(&mut self, tray: Tray, ear: Ear) {
        self.tray = tray;
        self.ear = ear;
    }

    pub(crate) const fn tray(&self) -> Tray {
        self.tray
    }

    pub(crate) const fn complaint(&self) -> Option<(&'static str, ReturnValue)> {
        self.complaint
    }

    /// Goes on at another speed.
    ///
    /// # Errors
    /// Where the port is gone.
    pub(crate) fn change_speed(&mut self, speed: u32) -> Result<(), Fault> {
        self.link.change_speed(speed)
    }

    /// Sends a command and waits for its response, which must say that it was done. Without a patience it is waited for
    /// as long as the call lasts.
    ///
    /// # Errors
    /// [`Fault`]. Where the call ended, what was begun is called off.
    pub(crate) fn ask(
        &mut self,
        command: &'static str,
        fields: &[&[u8]],
        patience: Option<Duration>,
        call: &Call,
    ) -> Result<Reply, Fault> {
        let asked = self
            .settle(call)
            .and_then(|()| self.exchange(command, fields, patience, call));
        self.conclude(asked.map(|(_, reply)| reply))
    }

    /// Begins an operation and waits for its end, whatever it is.
    ///
    /// # Errors
    /// [`Fault`]. Where the call ended, the operation is called off and its page cleared.
    pub(crate) fn operate(
        &mut self,
        command: &'static str,
        fields: &[&[u8]],
        call: &Call,
    ) -> Result<Reply, Fault> {
        let ended = self
            .settle(call)
            .and_then(|()| {
                self.end = None;
                self.exchange(command, fields, Some(RESPONSE), call)
            })
            .and_then(|(mark, _)| self.end_of(mark, command, call));
        self.conclude(ended)
    }

    /// Waits for what the device says unasked.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn listen(&mut self, call: &Call) -> Result<(), Fault> {
        if self.silent {
            // Only a new connection helps, if anything does.
            return Err(Error::ReaderRemoved.into());
        }
        // What ends here is only the listening: nothing was begun that had to be called off.
        let heard = self.settle(call).and_then(|()| self.hear(call));
        self.silent |= heard == Err(Fault::Silent);
        heard
    }

    fn hear(&mut self, call: &Call) -> Result<(), Fault> {
        if self.link.quiet() > IDLE_QUIET {
            self.link.check(call)?;
        }
        let until = Instant::now() + call.remaining();
        if let Some(frame) = self.link.receive(until, call)? {
            self.notice(frame);
        }
        Ok(())
    }

    /// Powers the card off in a call that nobody waits for; what fails is made up for before anything else is asked.
    pub(crate) fn power_off(&mut self, call: &Call) {
        self.owes_power_off = true;
        self.silent |= self.settle(call) == Err(Fault::Silent);
    }

    fn exchange(
        &mut self,
        command: &'static str,
        fields: &[&[u8]],
        patience: Option<Duration>,
        call: &Call,
    ) -> Result<(Mark, Reply), Fault> {
        self.link.take_broken();
        let mark = self.link.send(command, fields, call)?;
        let reply = self.response(mark, command, patience, call)?;
        if reply.value == ReturnValue::DONE {
            return Ok((mark, reply));
        }
        self.complaint = Some((command, reply.value));
        Err(Fault::Returned {
            command,
            value: reply.value,
        })
    }

    fn response(
        &mut self,
        mark: Mark,
        command: &'static str,
        patience: Option<Duration>,
        call: &Call,
    ) -> Result<Reply, Fault> {
        let until = Instant::now() + patience.unwrap_or_else(|| call.remaining());
        loop {
            let frame = self.frame(until, None, command, call)?;
            if frame.kind() != Kind::Response {
                self.notice(frame);
            } else if is_about(&frame, mark) {
                if frame.mnemonic() != command.as_bytes() {
                    let what = "the response to another command";
                    return Err(Fault::Malformed { command, what });
                }
                return reply(frame, command);
            }
            // What is left is the late response to a command that was called off.
        }
    }

    fn end_of(&mut self, mark: Mark, command: &'static str, call: &Call) -> Result<Reply, Fault> {
        let until = Instant::now() + call.remaining();
        loop {
            if let Some(end) = self.end.take().filter(|end| is_about(end, mark)) {
                return reply(end, command);
            }
            let frame = self.frame(until, Some(WAITING_QUIET), command, call)?;
            self.notice(frame);
        }
    }

    /// The next frame. A card keeps the device busy, so that it may be quiet for as long as it likes; a person does not.
    fn frame(
        &mut self,
        until: Instant,
        quiet: Option<Duration>,
        command: &'static str,
        call: &Call,
    ) -> Result<Frame, Fault> {
        let mut broken = 0;
        loop {
            // In slices, so that what cannot be read is counted while nothing else comes.
            let slice = until.min(Instant::now() + Call::PATIENCE);
            if let Some(frame) = self.link.receive(slice, call)? {
                return Ok(frame);
            }
            broken += self.link.take_broken();
            if broken >= HOPELESS {
                return Err(Fault::Garbled(command));
            }
            if quiet.is_some_and(|quiet| self.link.quiet() > quiet) {
                self.link.check(call)?;
            }
            if Instant::now() >= until {
                call.check()?;
                return Err(Fault::NoResponse(command));
            }
        }
    }

    fn notice(&mut self, frame: Frame) {
        if frame.kind() != Kind::Event {
            return;
        }
        match frame.mnemonic() {
            b"CRD" => {
                if let Some(tray) = frame.fields().next().and_then(Tray::parse) {
                    self.tray = tray;
                    (self.ear)(Notice::Tray(tray));
                }
            }
            b"TCH" => (self.ear)(Notice::Touched),
            b"END" => self.end = Some(frame),
            // A later device may have more to say.
            _ => {}
        }
    }

    /// What a failure leaves behind is called off, at once where the call has ended.
    fn conclude<T>(&mut self, result: Result<T, Fault>) -> Result<T, Fault> {
        match &result {
            Err(Fault::Ended(Error::Cancelled | Error::Timeout)) => {
                self.owes_cancel = true;
                // Where it fails it is made up for before anything else is asked.
                drop(self.settle(&Call::within(FAREWELL)));
            }
            Err(Fault::NoResponse(_) | Fault::Garbled(_) | Fault::Malformed { .. } | Fault::NotAccepted) => {
                self.owes_cancel = true;
            }
            Err(Fault::Silent) => self.silent = true,
            _ => {}
        }
        result
    }

    /// Does what an earlier call could not do any more.
    fn settle(&mut self, call: &Call) -> Result<(), Fault> {
        if self.owes_cancel {
            self.make_up("CAN", call)?;
            self.owes_cancel = false;
            // The end of what is called off now came before, if it came.
            self.end = None;
        }
        if self.owes_power_off {
            self.make_up("COF", call)?;
            self.owes_power_off = false;
        }
        Ok(())
    }

    /// A device that will not has nothing to end.
    fn make_up(&mut self, command: &'static str, call: &Call) -> Result<(), Fault> {
        match self.exchange(command, &[], Some(RESPONSE), call) {
            Ok(_) | Err(Fault::Returned { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

fn is_about(frame: &Frame, mark: Mark) -> bool {
    frame.fields().next() == Some(&[mark.byte()])
}

fn reply(frame: Frame, command: &'static str) -> Result<Reply, Fault> {
    let value = frame.fields().nth(1).and_then(ReturnValue::parse);
    let what = "no return value";
    let value = value.ok_or(Fault::Malformed { command, what })?;
    Ok(Reply { frame, value })
}

#[cfg(test)]
mod tests;
