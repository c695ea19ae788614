//! Tasks: what the device does until a person ends it, over the conversation.

use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error as Driver};

use crate::commands::fetch::{self, End};
use crate::commands::{accepted, clear};
use crate::error::Error;
use crate::transport::message::{Code, Message, Reply};
use crate::transport::{Conversation, Heard, Wire, turn};

/// An end that was announced and not heard is noticed that late.
const LOOK: Duration = Duration::from_millis(500);

/// How often what happens meanwhile is looked at.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// A task that the device forgot is started anew; not for ever.
const MAX_STARTS: u32 = 3;

/// The device's tasks. One at a time; a new one replaces the old.
pub(crate) struct Tasks<W> {
    talk: Conversation<W>,
    /// Whether something may be left on the device that nobody wants any more.
    untidy: bool,
}

impl<W: Wire> Tasks<W> {
    pub(crate) const fn new(talk: Conversation<W>) -> Self {
        Self { talk, untidy: false }
    }

    /// One command and its reply.
    pub(crate) fn ask(&mut self, message: &Message, call: &Call) -> Result<Reply, Error> {
        self.talk.ask(message, call).map(|(_, reply)| reply)
    }

    /// Starts a task that ends by itself, such as a page that asks nothing. It is taken back where that fails.
    pub(crate) fn show(&mut self, message: &Message, call: &Call) -> Result<(), Error> {
        let shown = self.start(message, call).map(drop);
        if shown.is_err() {
            self.clear();
        }
        shown
    }

    /// Starts a task and waits until a person ended it; `meanwhile` is called every now and then, and ends the wait
    /// where it fails. A task that is not ended by a person is called off on the device.
    pub(crate) fn run(
        &mut self,
        message: &Message,
        call: &Call,
        mut meanwhile: impl FnMut() -> Result<(), Driver>,
    ) -> Result<End, Error> {
        let ended = self.run_to_end(message, call, &mut meanwhile);
        if ended.is_err() {
            // Also where it is the slot that is lost: nobody is left to watch this half. A lost line fails at once.
            self.clear();
        }
        ended
    }

    /// Takes off what is shown and wipes what was typed or seen, soon: after a call that was called off, too.
    pub(crate) fn clear(&mut self) {
        let cleared = self.talk.ask_briefly(&clear::message());
        self.untidy = cleared
            .and_then(|(_, reply)| accepted(Code::Clear, reply))
            .is_err();
    }

    /// Clears what could not be cleared when it was time to.
    pub(crate) fn tidy(&mut self) {
        if self.untidy {
            self.clear();
        }
    }

    /// Listens until something is heard or the call ends.
    pub(crate) fn listen(&mut self, call: &Call) -> Result<(), Error> {
        self.talk.listen(call)
    }

    /// The oldest thing heard that nobody asked for.
    pub(crate) fn heard(&mut self) -> Option<Heard> {
        self.talk.heard()
    }

    fn start(&mut self, message: &Message, call: &Call) -> Result<u16, Error> {
        let (task, reply) = self.talk.ask(message, call)?;
        accepted(message.code, reply)?;
        // What was left on the device is replaced.
        self.untidy = false;
        Ok(task)
    }

    fn run_to_end(
        &mut self,
        message: &Message,
        call: &Call,
        meanwhile: &mut dyn FnMut() -> Result<(), Driver>,
    ) -> Result<End, Error> {
        for _ in 0..MAX_STARTS {
            let task = self.start(message, call)?;
            match self.wait(task, call, meanwhile)? {
                End::Unknown => {}
                end => return Ok(end),
            }
        }
        Err(Error::Forgetful)
    }

    fn wait(
        &mut self,
        task: u16,
        call: &Call,
        meanwhile: &mut dyn FnMut() -> Result<(), Driver>,
    ) -> Result<End, Error> {
        let mut look = Instant::now() + LOOK;
        loop {
            call.check()?;
            meanwhile()?;
            self.talk.listen(&turn(call, SLICE))?;
            let mut ask = Instant::now() >= look;
            while let Some(heard) = self.talk.heard() {
                ask |= match heard {
                    Heard::Ended(ended) => ended == task,
                    Heard::Started => true,
                    // The screen is in use: that it was touched is told by what it answers.
                    Heard::Touched => false,
                };
            }
            if ask {
                let (_, reply) = self.talk.ask(&fetch::message(task), call)?;
                match fetch::read(reply)? {
                    End::Pending => look = Instant::now() + LOOK,
                    end => return Ok(end),
                }
            }
        }
    }
}

#[cfg(test)]
impl<W: Wire> Tasks<W> {
    fn wire(&self) -> &W {
        self.talk.wire()
    }

    fn wire_mut(&mut self) -> &mut W {
        self.talk.wire_mut()
    }
}

#[cfg(test)]
mod tests;
