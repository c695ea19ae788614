//! The conversation with the HID half: one command at a time, repeated until it is answered, past whatever else comes.

#[doc(hidden)]
pub mod codec;
#[doc(hidden)]
pub mod message;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error as Driver};
use madoguchi_transport::hid;
use zeroize::Zeroize;

use crate::error::Error;
use codec::{Damage, Kind, Report};
use message::{Assembly, Message, Reply};

/// A device replies within half of that; after it the command is sent again, which does nothing where it was carried
/// out already.
const REPEAT_AFTER: Duration = Duration::from_millis(100);
/// The same for calling something off, which has to be over within [`Call::PATIENCE`].
const CLEAR_REPEAT_AFTER: Duration = Duration::from_millis(12);
/// How often a command is sent.
const ATTEMPTS: u32 = 4;
const CLEAR_ATTEMPTS: u32 = 2;
/// So many events are kept until somebody asks; an older one means nothing any more.
const MAX_HEARD: usize = 16;
/// More than any report has.
const ROOM: usize = 4096;

/// What carries reports. Lost devices are classified there.
pub(crate) trait Wire: Send {
    /// Sends a report.
    fn send(&mut self, report: &[u8], call: &Call) -> Result<(), Driver>;

    /// Waits for a report; `report` is cleared and receives it. [`Driver::Protocol`] for one of another length.
    fn receive(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Driver>;
}

impl Wire for hid::Line {
    fn send(&mut self, report: &[u8], call: &Call) -> Result<(), Driver> {
        self.write(report, call)
    }

    fn receive(&mut self, report: &mut Vec<u8>, call: &Call) -> Result<(), Driver> {
        self.read(report, call)
    }
}

/// What the device says unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A person ended the task.
    Ended(u16),
    /// The screen was touched.
    Touched,
    /// The device was started anew: it knows of no task.
    Started,
}

/// The conversation over a wire.
pub(crate) struct Conversation<W> {
    wire: W,
    transaction: u16,
    heard: VecDeque<Heard>,
    /// The event heard last: it may come twice.
    last: Option<(u8, u16, u8)>,
    /// Room for one report, made once: a buffer that grows leaves copies behind.
    room: Vec<u8>,
}

impl<W: Wire> Conversation<W> {
    /// Begins where nobody began before: a reply to a program that held the device earlier fits by chance only.
    pub(crate) fn new(wire: W, first_transaction: u16) -> Self {
        Self {
            wire,
            transaction: first_transaction,
            heard: VecDeque::new(),
            last: None,
            room: Vec::with_capacity(ROOM),
        }
    }

    /// Sends a command and waits for its reply. Returns the transaction, too: it names the task that was started.
    pub(crate) fn ask(&mut self, message: &Message, call: &Call) -> Result<(u16, Reply), Error> {
        self.exchange(message, ATTEMPTS, REPEAT_AFTER, call)
    }

    /// As [`Conversation::ask`], soon: for what has to be said after a call was called off.
    pub(crate) fn ask_briefly(&mut self, message: &Message) -> Result<(u16, Reply), Error> {
        let call = Call::within(CLEAR_REPEAT_AFTER * CLEAR_ATTEMPTS + CLEAR_REPEAT_AFTER);
        self.exchange(message, CLEAR_ATTEMPTS, CLEAR_REPEAT_AFTER, &call)
    }

    /// Listens until something is heard or the call ends, which is no error here.
    pub(crate) fn listen(&mut self, call: &Call) -> Result<(), Error> {
        while self.heard.is_empty() {
            // A damaged report may be the end of a task: whoever waits for one asks from time to time.
            if self.receive(call)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The oldest thing heard.
    pub(crate) fn heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    fn exchange(
        &mut self,
        message: &Message,
        attempts: u32,
        patience: Duration,
        call: &Call,
    ) -> Result<(u16, Reply), Error> {
        let transaction = self.next_transaction();
        let reports = message.reports(transaction).map_err(Error::TooLong)?;
        let mut assembly = Assembly::new(transaction, message.code);
        let mut damage = None;
        for _ in 0..attempts {
            call.check()?;
            let turn = turn(call, patience);
            for report in &reports {
                self.wire.send(report.as_bytes(), call)?;
            }
            while let Some(received) = self.receive(&turn)? {
                match received {
                    Ok(report) => {
                        if let Some(reply) = assembly.push(report) {
                            return Ok((transaction, reply));
                        }
                    }
                    Err(found) => damage = Some(found),
                }
            }
        }
        call.check()?;
        Err(match damage {
            Some(damage) => Error::Garbled {
                command: message.code,
                damage,
            },
            None => Error::Silent {
                command: message.code,
            },
        })
    }

    /// Takes one report in: events are noted, replies returned, damage named. Nothing where the call ended first.
    fn receive(&mut self, call: &Call) -> Result<Option<Result<Report, Damage>>, Error> {
        let received = self.wire.receive(&mut self.room, call);
        let decoded = match received {
            Ok(()) => Report::decode(&self.room),
            Err(Driver::Timeout | Driver::Cancelled) => return Ok(None),
            Err(Driver::Protocol { .. }) => Err(Damage::Length),
            Err(error) => return Err(error.into()),
        };
        // It may have held digits.
        self.room.zeroize();
        let report = match decoded {
            Ok(report) => report,
            Err(damage) => return Ok(Some(Err(damage))),
        };
        if report.kind() == Some(Kind::Event) {
            self.note(&report);
        }
        Ok(Some(Ok(report)))
    }

    fn note(&mut self, report: &Report) {
        let number = report.data().first().copied().unwrap_or_default();
        let this = (report.code(), report.transaction(), number);
        if self.last.replace(this) == Some(this) {
            return;
        }
        let heard = match report.code() {
            0x01 => Heard::Ended(report.transaction()),
            0x02 => Heard::Touched,
            0x03 => Heard::Started,
            // A newer device has more to tell.
            _ => return,
        };
        if self.heard.len() == MAX_HEARD {
            self.heard.pop_front();
        }
        self.heard.push_back(heard);
    }

    fn next_transaction(&mut self) -> u16 {
        self.transaction = self.transaction.checked_add(1).unwrap_or(1);
        self.transaction
    }
}

#[cfg(test)]
impl<W: Wire> Conversation<W> {
    pub(crate) const fn wire(&self) -> &W {
        &self.wire
    }

    pub(crate) const fn wire_mut(&mut self) -> &mut W {
        &mut self.wire
    }
}

/// A part of the call.
pub(crate) fn turn(call: &Call, timeout: Duration) -> Call {
    let until = Instant::now() + call.remaining().min(timeout);
    Call::new(until, call.cancel_flag().clone())
}

#[cfg(test)]
pub(crate) mod tests;
