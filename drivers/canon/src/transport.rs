//! The line to one device: a request goes out, its one response comes back, events come in between.
//!
//! This is the module that a maker replaces. It knows reports, frames and ids, and nothing of what the operations mean.
//!
//! Where an answer arrives damaged or not at all, a device that can is asked to give it once more (*recall*), which
//! executes nothing. What else is lost ends the call, or is sent again where that changes nothing; an APDU never is.

mod wait;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error as Api};
use madoguchi_transport::hid;
use minicbor::Decode;
use zeroize::{Zeroize, Zeroizing};

use crate::codec::{Damage, Event, Head, Heard, Inbox, LEN, Outbox, head, message, seal};
use crate::commands::{Command, Patience, Repeat, Stop};
use crate::error::Error;
use wait::Progress;

/// After so much silence a frame that has begun is given up.
const HALF_FRAME: Duration = Duration::from_millis(100);

/// How long a device may take for what needs neither a person nor a chip.
const QUICK: Duration = Duration::from_secs(1);

/// How long the answer to a stop is waited for. Not longer: whoever called the work off waits behind it.
const STOP: Duration = Duration::from_millis(15);

/// More events than this do not wait; the oldest go.
const MAX_EVENTS: usize = 256;

/// What carries reports: HID, or a script in a test. Lost devices are classified there.
pub(crate) trait Reports: Send {
    /// Sends a report.
    fn send(&mut self, report: &[u8], call: &Call) -> Result<(), Api>;

    /// Waits for a report until the call ends.
    fn receive(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Api>;
}

impl Reports for hid::Line {
    fn send(&mut self, report: &[u8], call: &Call) -> Result<(), Api> {
        self.write(report, call)
    }

    fn receive(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Api> {
        self.read(report, call)
    }
}

/// The line.
pub(crate) struct Line {
    reports: Box<dyn Reports>,
    outbox: Outbox,
    inbox: Inbox,
    /// Room for a report. What is in it may be a PIN.
    report: Zeroizing<Vec<u8>>,
    last_id: u16,
    last_heard: Instant,
    can_recall: bool,
    /// Something could not be read since somebody asked.
    damaged: bool,
    events: VecDeque<Event>,
}

/// A response whose status was zero. It may hold a PIN.
pub(crate) struct Response {
    operation: u8,
    message: Zeroizing<Vec<u8>>,
    at: usize,
}

impl Response {
    /// The result.
    pub(crate) fn decode<'b, T: Decode<'b, ()>>(&'b self) -> Result<T, Error> {
        let result = self.message.get(self.at..).unwrap_or_default();
        minicbor::decode(result).map_err(|source| Error::Answer {
            operation: self.operation,
            source,
        })
    }
}

impl Line {
    /// A line on which nothing was said yet.
    pub(crate) fn new(reports: Box<dyn Reports>) -> Self {
        Self {
            reports,
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            report: Zeroizing::new(Vec::with_capacity(LEN)),
            last_id: 0,
            last_heard: Instant::now(),
            can_recall: false,
            damaged: false,
            events: VecDeque::new(),
        }
    }

    /// Begins a new conversation: the device forgets the one before.
    pub(crate) fn begin(&mut self) {
        self.outbox = Outbox::default();
        self.inbox = Inbox::default();
        self.events.clear();
        self.can_recall = false;
    }

    /// Says whether the device can give an answer once more.
    pub(crate) fn set_recall(&mut self, can_recall: bool) {
        self.can_recall = can_recall;
    }

    /// Whether something could not be read since this was asked: it may have been an event.
    pub(crate) fn take_damage(&mut self) -> bool {
        std::mem::take(&mut self.damaged)
    }

    /// The next thing that happened by itself.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Waits until something happens by itself, something cannot be read, or the call ends.
    pub(crate) fn pump(&mut self, call: &Call) -> Result<(), Error> {
        while self.events.is_empty() && !self.damaged && call.check().is_ok() {
            self.listen(call, 0, 0, &mut Progress::default())?;
        }
        Ok(())
    }

    /// Sends a request and waits for its response. One that may be pending when the call ends is stopped on the device.
    pub(crate) fn request<C: Command>(&mut self, command: &C, call: &Call) -> Result<Response, Error> {
        let answer = self.attempt(command, call);
        let again = match &answer {
            Err(Error::Lost { .. }) => C::REPEAT != Repeat::Never,
            // One that could have said where the request stands said nothing: it is frozen.
            Err(Error::Silent { .. }) => C::REPEAT == Repeat::Always && !self.can_recall,
            Err(Error::Damaged { .. }) => C::REPEAT == Repeat::Always,
            _ => false,
        };
        if again {
            self.attempt(command, call)
        } else {
            answer
        }
    }

    fn attempt<C: Command>(&mut self, command: &C, call: &Call) -> Result<Response, Error> {
        call.check().map_err(Error::Ended)?;
        let id = self.send::<C>(command)?;
        let answer = self.wait::<C>(id, call);
        match &answer {
            // The device is done with it, or knows nothing of it any more.
            Ok(_) | Err(Error::Refused { .. } | Error::Line(_) | Error::Restarted) => {}
            Err(_) if C::PATIENCE != Patience::Quick => self.stop(id),
            Err(_) => {}
        }
        answer
    }

    /// Has the device answer that request now, whatever the answer; it is dropped.
    fn stop(&mut self, id: u16) {
        let Ok(stop) = self.send(&Stop { id }) else {
            // The device is gone, and with it what was pending.
            return;
        };
        let call = Call::within(STOP);
        while call.check().is_ok() {
            let mut progress = Progress::default();
            let heard = self.listen(&call, stop, 0, &mut progress);
            if heard.is_err() || progress.response.is_some() {
                return;
            }
        }
    }

    fn send<C: Command>(&mut self, command: &C) -> Result<u16, Error> {
        let operation = C::OPERATION;
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        let message = message::request(self.last_id, operation, command, command.room())
            .map_err(|_| Error::Request { operation })?;
        let frame = seal(&message).map_err(|_| Error::Request { operation })?;
        // A frame is sent whole, whatever becomes of the call meanwhile.
        let call = Call::within(QUICK);
        for report in self.outbox.reports(&frame) {
            self.reports.send(&report[..], &call).map_err(Error::Line)?;
        }
        Ok(self.last_id)
    }

    /// Waits for one report and sorts out what it brought; nothing where none came.
    fn listen(&mut self, call: &Call, id: u16, recall: u16, progress: &mut Progress) -> Result<(), Error> {
        let silence = self.inbox.is_in_frame().then(|| self.last_heard + HALF_FRAME);
        let received = self.reports.receive(&mut self.report, &bounded(call, silence));
        let events = &mut self.events;
        let mut sort = |heard| match heard {
            Heard::Message(message) => match head(&message) {
                Ok(Head::Response { id: of, status, at }) if of == id => {
                    progress.response = Some((status, message, at));
                }
                Ok(Head::Response { id: of, status, .. }) if of == recall => progress.recalled = Some(status),
                // An answer that nobody waits for any more.
                Ok(Head::Response { .. } | Head::UnknownEvent) => {}
                Ok(Head::Event(Event::Unreadable)) => progress.damage = Some(Damage::Noise),
                Ok(Head::Event(event)) => events.push_back(event),
                Err(_) => progress.damage = Some(Damage::Message),
            },
            Heard::Damage(damage) => progress.damage = Some(damage),
            Heard::Began => {
                progress.began = true;
                progress.response = None;
                events.push_back(Event::Restarted);
            }
        };
        match received {
            Ok(()) => {
                self.last_heard = Instant::now();
                self.inbox.report(&self.report, &mut sort);
                self.report.zeroize();
            }
            Err(Api::Timeout | Api::Cancelled) => {
                if self.inbox.is_in_frame() && self.last_heard.elapsed() >= HALF_FRAME {
                    self.inbox.silence(&mut sort);
                }
            }
            Err(Api::Protocol { .. }) => sort(Heard::Damage(Damage::Report)),
            Err(error) => return Err(Error::Line(error)),
        }
        self.damaged |= progress.damage.is_some();
        while self.events.len() > MAX_EVENTS {
            self.events.pop_front();
            // As good as lost.
            self.damaged = true;
        }
        Ok(())
    }
}

/// The call, over at this time at the latest.
fn bounded(call: &Call, until: Option<Instant>) -> Call {
    let until = until.unwrap_or_else(|| Instant::now() + call.remaining());
    let left = until
        .saturating_duration_since(Instant::now())
        .min(call.remaining());
    Call::new(Instant::now() + left, call.cancel_flag().clone())
}

#[cfg(test)]
mod tests;
