//! The line to one device: reports out and in, and conversations over them that survive what a line does to reports.

mod conversation;

use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use madoguchi_transport::hid;
use zeroize::Zeroizing;

use crate::codec::message;
use crate::codec::report::{self, Fate, Incoming, LEN, Notice, NoticeKind, Order};
use crate::commands::Command;
use crate::error::{Code, Failure, protocol};
use conversation::Conversation;

/// Reports to a device and from it.
pub(crate) trait Wire: Send {
    /// Sends a report.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where the device is gone.
    fn send(&mut self, report: &[u8]) -> Result<(), Error>;

    /// Waits for a report, of whatever length; `report` is cleared and receives it. False where none came in time.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where the device is gone.
    fn receive(&mut self, report: &mut Vec<u8>, timeout: Duration) -> Result<bool, Error>;
}

impl Wire for hid::Line {
    fn send(&mut self, report: &[u8]) -> Result<(), Error> {
        // A report that was not taken as a whole leaves a line that nobody understands any more.
        let call = Call::within(SEND_PATIENCE);
        self.write(report, &call).map_err(|error| match error {
            Error::Timeout => Error::ReaderRemoved,
            error => error,
        })
    }

    fn receive(&mut self, report: &mut Vec<u8>, timeout: Duration) -> Result<bool, Error> {
        match self.read(report, &Call::within(timeout)) {
            // A report of another length is one all the same; it is judged with the others.
            Ok(()) | Err(Error::Protocol { .. }) => Ok(true),
            Err(Error::Timeout) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Told what the device says unasked.
pub(crate) type Ear = Box<dyn FnMut(NoticeKind) + Send>;

/// How long the system may take to take a report.
const SEND_PATIENCE: Duration = Duration::from_millis(200);

/// How long a single wait is while somebody waits for its end. Systems make more of it than they are asked for.
const SLICE: Duration = Duration::from_millis(4);

/// How long the answer to ABORT is waited for: the call is over already, and what is left is its patience.
const ABORT_PATIENCE: Duration = Duration::from_millis(25);

/// How long the device may take to end what was aborted before it is asked for something else.
const SETTLE_PATIENCE: Duration = Duration::from_millis(500);

/// A line with one conversation at a time.
pub(crate) struct Line {
    wire: Box<dyn Wire>,
    ear: Ear,
    /// The number of the last message.
    number: u8,
    /// The number of the last notice.
    heard: Option<u8>,
    /// Whether the last message was aborted and the device did not say that it ended.
    unsettled: bool,
    /// Whether a notice may have been lost.
    doubtful: bool,
    /// Whether the device said that it started anew and nobody took note.
    restarted: bool,
}

/// How a message ended.
enum End {
    /// With a well-formed answer.
    Answer(Zeroizing<Vec<u8>>),
    /// The device does not know it, or does not know its answer any more.
    Unknown,
    /// The device started anew: whatever it did, its session is gone.
    Restarted,
}

impl Line {
    pub(crate) fn new(wire: Box<dyn Wire>, ear: Ear) -> Self {
        Self {
            wire,
            ear,
            number: 0,
            heard: None,
            unsettled: false,
            doubtful: false,
            restarted: false,
        }
    }

    /// Whether a notice may have been lost since this was asked last.
    pub(crate) fn take_doubt(&mut self) -> bool {
        std::mem::take(&mut self.doubtful)
    }

    /// Whether the device started anew since this was asked last.
    pub(crate) fn take_restart(&mut self) -> bool {
        std::mem::take(&mut self.restarted)
    }

    /// Has the device run a command. It is sent again only where it may be and the device said that it did not run it.
    pub(crate) fn exchange<C: Command>(
        &mut self,
        session: u16,
        command: &C,
        call: &Call,
    ) -> Result<C::Answer, Failure> {
        call.check()?;
        self.settle(call)?;
        let request = message::request(C::CODE, session, &command.fields());
        let mut again = C::REPEATABLE;
        loop {
            let code = match self.converse(C::CODE, session, &request, call)? {
                End::Answer(bytes) => {
                    let answer = message::answer(&bytes)?;
                    match Code::of(answer.code) {
                        None => return Ok(command.answer(answer.fields)?),
                        Some(code) => code,
                    }
                }
                End::Unknown => Code::CHECKSUM,
                End::Restarted => Code::NO_SESSION,
            };
            if code != Code::CHECKSUM || !again {
                return Err(Failure::Refused(code));
            }
            again = false;
        }
    }

    /// Listens until something unasked was heard, or the call is over.
    pub(crate) fn listen(&mut self, call: &Call) -> Result<(), Error> {
        let mut room = room();
        while call.check().is_ok() {
            if !self.wire.receive(&mut room, call.slice())? {
                continue;
            }
            match report::read(&room) {
                Ok(Incoming::Notice(notice)) => {
                    self.notice(notice);
                    return Ok(());
                }
                // The late answer to what was given up.
                Ok(Incoming::Segment(_) | Incoming::Fate(..)) => {}
                Err(_) => {
                    self.doubtful = true;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Sends a message and waits for its answer.
    fn converse(&mut self, code: u8, session: u16, request: &[u8], call: &Call) -> Result<End, Error> {
        self.number = self.number % u8::MAX + 1;
        let number = self.number;
        for report in report::segments(number, request).map_err(|malformed| protocol(&malformed))? {
            self.go_on(call)?;
            self.wire.send(&report[..])?;
        }
        let mut conversation = Conversation::new(number, code);
        let mut room = room();
        loop {
            self.go_on(call)?;
            let timeout = call.slice().min(SLICE).min(conversation.patience());
            let again = match self.wire.receive(&mut room, timeout)? {
                false => conversation.silent()?,
                true => match report::read(&room) {
                    Ok(Incoming::Notice(notice)) => {
                        // Who has no session loses none.
                        if self.notice(notice) == Some(NoticeKind::Restarted) && session != 0 {
                            return Ok(End::Restarted);
                        }
                        false
                    }
                    Ok(Incoming::Fate(of, Fate::Unknown)) if of == number => return Ok(End::Unknown),
                    Ok(Incoming::Fate(of, Fate::Running)) if of == number => conversation.alive(),
                    Ok(Incoming::Fate(..)) => false,
                    Ok(Incoming::Segment(segment)) => match conversation.take(segment) {
                        Ok(Some(answer)) => return Ok(End::Answer(answer)),
                        Ok(None) => false,
                        Err(malformed) => conversation.spoilt(malformed)?,
                    },
                    Err(malformed) => {
                        self.doubtful = true;
                        conversation.spoilt(malformed)?
                    }
                },
            };
            if again {
                self.wire.send(&report::order(number, Order::Repeat)[..])?;
            }
        }
    }

    /// Goes on with the message that is under way, or calls it off on the device too.
    fn go_on(&mut self, call: &Call) -> Result<(), Error> {
        call.check().inspect_err(|_| {
            self.unsettled = true;
            // Where the device does not say that it ended, the next command finds out.
            let _ = self.abort(Instant::now() + ABORT_PATIENCE);
        })
    }

    /// Ends what an earlier call left behind.
    fn settle(&mut self, call: &Call) -> Result<(), Error> {
        if self.unsettled {
            let since = Instant::now();
            while !self.abort(Instant::now() + ABORT_PATIENCE)? && since.elapsed() < SETTLE_PATIENCE {
                call.check()?;
            }
            // A device that is still at it says so itself.
            self.unsettled = false;
        }
        Ok(())
    }

    /// Calls the last message off and says whether the device ended it.
    fn abort(&mut self, until: Instant) -> Result<bool, Error> {
        let number = self.number;
        let order = report::order(number, Order::Abort);
        self.wire.send(&order[..])?;
        let mut room = room();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            if !self.wire.receive(&mut room, left.min(SLICE))? {
                // Lost, perhaps. It does no harm twice.
                self.wire.send(&order[..])?;
                continue;
            }
            match report::read(&room) {
                Ok(Incoming::Notice(notice)) => {
                    self.notice(notice);
                }
                // Its answer or the first part of it, whatever it says.
                Ok(Incoming::Segment(segment)) if segment.number == number => break,
                Ok(Incoming::Fate(of, Fate::Unknown)) if of == number => break,
                Ok(_) => {}
                Err(_) => self.doubtful = true,
            }
        }
        self.unsettled = false;
        Ok(true)
    }

    /// Tells a notice, once.
    fn notice(&mut self, notice: Notice) -> Option<NoticeKind> {
        let restarted = notice.kind == NoticeKind::Restarted;
        if self.heard == Some(notice.number) && !restarted {
            return None;
        }
        let lost = self.heard.is_some_and(|last| last % u8::MAX + 1 != notice.number);
        self.doubtful |= lost && !restarted;
        self.heard = Some(notice.number);
        self.restarted |= restarted;
        (self.ear)(notice.kind);
        Some(notice.kind)
    }
}

/// Room for a report, overwritten when it is dropped.
fn room() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(LEN))
}

#[cfg(test)]
mod tests;
