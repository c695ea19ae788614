//! The line to the device: one request at a time, and what the device says unasked in between.
//!
//! What a lost device is, is decided here: whatever leaves the line where nobody knows what comes next ends it. Nothing
//! is ever sent twice.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use madoguchi_transport::tcp;
use zeroize::{Zeroize as _, Zeroizing};

use crate::codec::{self, MAX_LINE, Message, Notice, Request};
use crate::commands::{Command, Patience};
use crate::error::{Code, Failure, protocol};

/// After this a device that owes an answer, and waits for nobody, is gone.
const SILENCE: Duration = Duration::from_millis(2_500);

/// How long the device has to take back what the patient was asked, within the call's patience.
const CLEAR: Duration = Duration::from_millis(20);

/// So much is read at once.
const CHUNK: usize = 4_096;

/// Told what the device says unasked.
pub(crate) type Ear = Box<dyn FnMut(Notice) + Send>;

/// An open line.
pub(crate) struct Line {
    socket: tcp::Line,
    ear: Ear,
    /// What has come and was not read yet. It never grows: its old room would keep what was in it.
    inbox: Zeroizing<Vec<u8>>,
    /// The number of the last request.
    number: u64,
    lost: bool,
}

impl Line {
    pub(crate) fn connect(address: SocketAddr, ear: Ear, call: &Call) -> Result<Self, Error> {
        Ok(Self {
            socket: tcp::Line::connect(address, call).map_err(gone)?,
            ear,
            inbox: Zeroizing::new(Vec::with_capacity(MAX_LINE + CHUNK)),
            number: 0,
            lost: false,
        })
    }

    /// Has the device run a command. A call that ends while a person is asked takes the question back.
    pub(crate) fn run<C: Command>(&mut self, command: &C, call: &Call) -> Result<C::Answer, Failure> {
        call.check()?;
        let number = self.send(&command.request(), call)?;
        let answer = match C::PATIENCE {
            Patience::Person => self.answer(number, call),
            Patience::Device => {
                let until = Instant::now() + call.remaining().min(SILENCE);
                self.answer(number, &Call::new(until, call.cancel_flag().clone()))
            }
        };
        match answer {
            Ok(words) => command.answer(&words).map_err(|error| self.lose(error).into()),
            Err(Failure::Ended(Error::Timeout)) if call.check().is_ok() => {
                Err(self.lose(Error::ReaderRemoved).into())
            }
            Err(Failure::Ended(error @ (Error::Timeout | Error::Cancelled))) => {
                if C::PATIENCE == Patience::Person {
                    self.clear();
                }
                Err(error.into())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Listens until something unasked was heard, or the call is over.
    pub(crate) fn listen(&mut self, call: &Call) -> Result<(), Error> {
        loop {
            let line = self.next_line(call)?;
            match codec::message(&line) {
                Some(Message::Notice(notice)) => {
                    (self.ear)(notice);
                    return Ok(());
                }
                // Newer than this driver, or of a call that is over.
                Some(_) => {}
                None => return Err(self.garbage()),
            }
        }
    }

    /// Takes what the patient is asked off the screen. Where that does not work nobody can do better.
    fn clear(&mut self) {
        let call = Call::within(CLEAR);
        if let Ok(number) = self.send(&Request::new("clear"), &call) {
            // The question's own answer, which may hold a PIN, comes before this one and is dropped on the way.
            let _ = self.answer(number, &call);
        }
    }

    fn send(&mut self, request: &Request, call: &Call) -> Result<u64, Error> {
        if self.lost {
            return Err(Error::ReaderRemoved);
        }
        self.number += 1;
        let line = request.line(self.number);
        if line.len() > MAX_LINE {
            return Err(protocol(&"a request that is longer than the device can take"));
        }
        // Half a line may be on its way.
        let sent = self.socket.write(&line, call);
        sent.map_err(|error| self.lose(gone(error)))?;
        Ok(self.number)
    }

    /// Waits for the answer to the request of that number.
    fn answer(&mut self, number: u64, call: &Call) -> Result<Zeroizing<String>, Failure> {
        loop {
            let line = self.next_line(call)?;
            match codec::message(&line) {
                Some(Message::Answer { number: of, words }) if of == number => {
                    return Ok(Zeroizing::new(words.to_owned()));
                }
                Some(Message::Refusal { number: of, code }) if of == number => {
                    return Err(Failure::Refused(Code::new(code)));
                }
                Some(Message::Notice(notice)) => (self.ear)(notice),
                // Newer than this driver, or of a call that is over.
                Some(_) => {}
                None => return Err(self.garbage().into()),
            }
        }
    }

    fn next_line(&mut self, call: &Call) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.lost {
            return Err(Error::ReaderRemoved);
        }
        let mut seen = 0;
        loop {
            let fresh = self.inbox.get(seen..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                return Ok(self.take(seen + at));
            }
            seen = self.inbox.len();
            if seen >= MAX_LINE {
                return Err(self.garbage());
            }
            let mut chunk = Zeroizing::new([0; CHUNK]);
            let read = self.socket.read(&mut *chunk, call).map_err(gone);
            let read = read.map_err(|error| match error {
                Error::Timeout | Error::Cancelled => error,
                error => self.lose(error),
            })?;
            self.inbox.extend_from_slice(&chunk[..read]);
        }
    }

    /// Takes the line that ends there out of the inbox, and leaves no trace of it.
    fn take(&mut self, end: usize) -> Zeroizing<Vec<u8>> {
        let line = Zeroizing::new(self.inbox[..end].to_vec());
        let rest = self.inbox.len() - (end + 1);
        self.inbox.copy_within(end + 1.., 0);
        self.inbox[rest..].zeroize();
        self.inbox.truncate(rest);
        line
    }

    fn garbage(&mut self) -> Error {
        self.lose(protocol(&"a line that the protocol does not have"))
    }

    /// Ends the line; whoever uses it next is told that the device is gone, and it is connected anew.
    fn lose(&mut self, error: Error) -> Error {
        self.lost = true;
        error
    }
}

/// A device in the network that hung up or refuses is unplugged.
fn gone(error: Error) -> Error {
    match error {
        Error::ServiceUnavailable => Error::ReaderRemoved,
        error => error,
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("number", &self.number)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}
