//! The line to one device: a request goes out, its one response comes back, events come in between.
//!
//! This is the module that a maker replaces. It knows reports, frames and ids, and nothing of what the operations mean.
//!
//! Nothing is ever sent twice. Where an answer arrives damaged, a device that can is asked to give that answer once
//! more (*recall*), which executes nothing; any other damage ends the call.

mod frame;
mod inbox;
mod message;
mod report;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error as Api};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

pub use frame::{Damage, MAX_MESSAGE, TooLong, seal};
pub use inbox::{Heard, Inbox};
pub use message::{Event, Head, Target, head};
pub use report::{LEN, Outbox, Report};

use crate::commands::{Command, Hello, Patience, Recall, Stop};
use crate::error::{Error, Status};

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
    fn send(&mut self, report: &[u8; LEN]) -> Result<(), Api>;

    /// Waits for a report; how many bytes it has, or nothing where none came in time.
    fn receive(&mut self, report: &mut [u8; LEN], timeout: Duration) -> Result<Option<usize>, Api>;
}

/// The line.
pub(crate) struct Line {
    reports: Box<dyn Reports>,
    outbox: Outbox,
    inbox: Inbox,
    last_id: u16,
    last_heard: Instant,
    can_recall: bool,
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

/// Where a request stands.
#[derive(Default)]
struct Progress {
    /// Its response.
    response: Option<(u16, Zeroizing<Vec<u8>>, usize)>,
    /// The status of the recall's own response.
    recalled: Option<u16>,
    /// What could not be read since it was sent.
    damage: Option<Damage>,
    /// The device began anew.
    began: bool,
}

impl Line {
    /// A line on which nothing was said yet.
    pub(crate) fn new(reports: Box<dyn Reports>) -> Self {
        Self {
            reports,
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            last_id: 0,
            last_heard: Instant::now(),
            can_recall: false,
            events: VecDeque::new(),
        }
    }

    /// Says whether the device can give an answer once more.
    pub(crate) fn set_recall(&mut self, can_recall: bool) {
        self.can_recall = can_recall;
    }

    /// The next thing that happened by itself.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Waits at most so long for something to happen by itself; whether it has.
    pub(crate) fn pump(&mut self, timeout: Duration) -> Result<bool, Error> {
        self.listen(timeout, 0, 0, &mut Progress::default())?;
        Ok(!self.events.is_empty())
    }

    /// Sends a request and waits for its response. One that may be pending when the call ends is stopped on the device.
    pub(crate) fn request<C: Command>(&mut self, command: &C, call: &Call) -> Result<Response, Error> {
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

    fn wait<C: Command>(&mut self, id: u16, call: &Call) -> Result<Response, Error> {
        let operation = C::OPERATION;
        let until = Instant::now() + QUICK;
        let mut recall = 0;
        loop {
            let mut progress = Progress::default();
            self.listen(call.slice(), id, recall, &mut progress)?;
            if progress.began && operation != Hello::OPERATION {
                return Err(Error::Restarted);
            }
            if let Some((status, message, at)) = progress.response {
                let response = Response {
                    operation,
                    message,
                    at,
                };
                return match Status::from(status) {
                    Status::Done => Ok(response),
                    status => Err(Error::refused(operation, status, &response)),
                };
            }
            match (progress.recalled.map(Status::from), progress.damage) {
                // The answer is still to come: what was damaged was something else.
                (Some(Status::Pending), _) => recall = 0,
                (Some(_), _) => return Err(Error::Lost { operation }),
                (None, Some(damage)) if !self.can_recall => return Err(Error::Damaged { operation, damage }),
                (None, Some(damage)) if recall != 0 => return Err(Error::Damaged { operation, damage }),
                (None, Some(_)) => recall = self.send(&Recall { id })?,
                (None, None) => {}
            }
            call.check().map_err(Error::Ended)?;
            if C::PATIENCE == Patience::Quick && Instant::now() >= until {
                return Err(Error::Silent { operation });
            }
        }
    }

    /// Has the device answer that request now, whatever the answer; it is dropped.
    fn stop(&mut self, id: u16) {
        let until = Instant::now() + STOP;
        let Ok(stop) = self.send(&Stop { id }) else {
            // The device is gone, and with it what was pending.
            return;
        };
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            let mut progress = Progress::default();
            let heard = self.listen(left, stop, 0, &mut progress);
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
        for report in self.outbox.reports(&frame) {
            self.reports.send(&report).map_err(Error::Line)?;
        }
        Ok(self.last_id)
    }

    /// Waits for one report and sorts out what it brought.
    fn listen(
        &mut self,
        timeout: Duration,
        id: u16,
        recall: u16,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let mut report = Report::new([0; LEN]);
        let received = self.reports.receive(&mut report, timeout).map_err(Error::Line)?;
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
                Ok(Head::Event(event)) => keep(events, event),
                Err(_) => progress.damage = Some(Damage::Message),
            },
            Heard::Damage(damage) => progress.damage = Some(damage),
            Heard::Began => {
                progress.began = true;
                progress.response = None;
                keep(events, Event::Restarted);
            }
        };
        if let Some(len) = received {
            self.last_heard = Instant::now();
            self.inbox.report(report.get(..len).unwrap_or_default(), &mut sort);
        } else if self.inbox.is_in_frame() && self.last_heard.elapsed() >= HALF_FRAME {
            self.inbox.silence(&mut sort);
        }
        Ok(())
    }
}

fn keep(events: &mut VecDeque<Event>, event: Event) {
    if events.len() == MAX_EVENTS {
        events.pop_front();
    }
    events.push_back(event);
}

#[cfg(test)]
mod tests;
