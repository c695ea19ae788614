//! The conversation over one connection.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use serde::Serialize;

use super::{Reply, Wire};
use crate::codec::{self, Deframer, Frame, Message};
use crate::commands::Note;
use crate::error::protocol;

/// How often a wait looks at its call: half of what is asked of a driver, so that a cancellation has the rest of its
/// time at the service.
const LOOK: Duration = Duration::from_millis(4);
/// How long the service has to say that it stopped what was called off. Later it may still say so, once.
const STOP: Duration = Duration::from_millis(20);
/// When one that did not is not waited for any more.
const STOP_AT_LAST: Duration = Duration::from_millis(500);
/// How long a message may take from its first byte to its last; the service is on the same machine.
const WHOLE: Duration = Duration::from_millis(250);
/// Silent for so many beats is gone.
const MISSED_BEATS: u32 = 3;
/// So many notes are kept for whoever asks for them.
const MAX_NOTES: usize = 64;

/// A connection to the service.
pub(crate) struct Line<W> {
    wire: W,
    deframer: Deframer,
    amid_since: Option<Instant>,
    last_id: u32,
    /// A request that was called off and not yet answered.
    stopped: Option<(u32, Instant)>,
    beat: Duration,
    heard: Instant,
    said: Instant,
    notes: VecDeque<Note>,
    lost: bool,
}

impl<W: Wire> Line<W> {
    /// A line on which nothing was said yet. Until the greeting names its own, beats come as seldom as this.
    pub(crate) fn new(wire: W, beat: Duration) -> Self {
        let now = Instant::now();
        Self {
            wire,
            deframer: Deframer::new(),
            amid_since: None,
            last_id: 0,
            stopped: None,
            beat,
            heard: now,
            said: now,
            notes: VecDeque::new(),
            lost: false,
        }
    }

    /// How often both sides say something.
    pub(crate) fn set_beat(&mut self, beat: Duration) {
        self.beat = beat;
    }

    /// Whether it came to its end.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// The oldest note that nobody took.
    pub(crate) fn take_note(&mut self) -> Option<Note> {
        self.notes.pop_front()
    }

    /// Sends a request, once, and waits for what it comes to. Notes that belong to it are given to `each`.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::Timeout`] after the service was told so; [`Error::ServiceUnavailable`] and
    /// [`Error::Protocol`], after both of which the line is lost.
    pub(crate) fn request<T: Serialize>(
        &mut self,
        name: &str,
        with: &T,
        call: &Call,
        each: &mut dyn FnMut(Note) -> Result<(), Error>,
    ) -> Result<Reply, Error> {
        self.settle(call)?;
        let id = self.last_id.wrapping_add(1);
        let bytes = codec::request(id, name, with)?;
        self.last_id = id;
        self.send(&bytes)?;
        drop(bytes);
        loop {
            if let Some(reply) = self.turn(call.slice().min(LOOK), Some(id), each)? {
                return Ok(reply);
            }
            if let Err(error) = call.check() {
                self.stop(id)?;
                return Err(error);
            }
        }
    }

    /// Listens until a note came or the call ends.
    ///
    /// # Errors
    /// As [`Line::request`]; that the call ended is none.
    pub(crate) fn listen(&mut self, call: &Call) -> Result<(), Error> {
        while self.notes.is_empty() && call.check().is_ok() {
            self.turn(call.slice(), None, &mut |_| Ok(()))?;
        }
        Ok(())
    }

    /// Takes what has come, without waiting.
    ///
    /// # Errors
    /// As [`Line::request`].
    pub(crate) fn listen_now(&mut self) -> Result<(), Error> {
        let mut took = true;
        while took && self.notes.len() < MAX_NOTES {
            let before = self.heard;
            self.turn(Duration::ZERO, None, &mut |_| Ok(()))?;
            took = self.heard != before;
        }
        Ok(())
    }

    /// Ends the connection: the service stops what runs on it and powers the card off.
    pub(crate) fn close(&mut self) {
        self.lost = true;
        self.wire.close();
    }

    /// Waits for the end of what was called off before.
    fn settle(&mut self, call: &Call) -> Result<(), Error> {
        self.usable()?;
        call.check()?;
        while let Some((_, since)) = self.stopped {
            if since.elapsed() > STOP_AT_LAST {
                self.close();
                return Err(Error::ServiceUnavailable);
            }
            self.turn(call.slice().min(LOOK), None, &mut |_| Ok(()))?;
            call.check()?;
        }
        Ok(())
    }

    /// Tells the service that a request is not wanted any more.
    fn stop(&mut self, id: u32) -> Result<(), Error> {
        let since = Instant::now();
        self.stopped = Some((id, since));
        self.send(&codec::cancel(id)?)?;
        while self.stopped.is_some() && since.elapsed() < STOP {
            self.turn(LOOK, None, &mut |_| Ok(()))?;
        }
        Ok(())
    }

    /// One wait: at most one message. Gives the answer to the request that is waited for.
    fn turn(
        &mut self,
        timeout: Duration,
        waited_for: Option<u32>,
        each: &mut dyn FnMut(Note) -> Result<(), Error>,
    ) -> Result<Option<Reply>, Error> {
        self.usable()?;
        let result = self.exchange(timeout, waited_for, each);
        if let Err(Error::Protocol { .. } | Error::ServiceUnavailable) = result {
            self.close();
        }
        result
    }

    fn exchange(
        &mut self,
        timeout: Duration,
        waited_for: Option<u32>,
        each: &mut dyn FnMut(Note) -> Result<(), Error>,
    ) -> Result<Option<Reply>, Error> {
        let Some(frame) = self.frame(timeout)? else {
            if self.heard.elapsed() > self.beat * MISSED_BEATS {
                return Err(Error::ServiceUnavailable);
            }
            self.keep_alive()?;
            return Ok(None);
        };
        self.keep_alive()?;
        match Message::parse(frame.as_bytes())? {
            Message::Ok { id, .. } | Message::No { id, .. } => {
                if waited_for == Some(id) {
                    return Ok(Some(Reply(frame)));
                }
                match self.stopped.take_if(|(stopped, _)| *stopped == id) {
                    Some(_) => Ok(None),
                    None => Err(protocol("an answer to nothing, or a second one")),
                }
            }
            Message::Note { name, of, with } => {
                match Note::parse(name, with)? {
                    None => {}
                    Some(note) if of.is_none() => self.keep(note)?,
                    // One that belongs to what was called off comes too late.
                    Some(note) if of == waited_for => each(note)?,
                    Some(_) => {}
                }
                Ok(None)
            }
        }
    }

    fn keep(&mut self, note: Note) -> Result<(), Error> {
        if self.notes.len() >= MAX_NOTES {
            return Err(protocol("more notes than anybody can use"));
        }
        self.notes.push_back(note);
        Ok(())
    }

    /// The next frame, where it is complete in time.
    fn frame(&mut self, timeout: Duration) -> Result<Option<Frame>, Error> {
        let until = Instant::now() + timeout;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(count) = self.wire.receive(self.deframer.room(), left)? else {
                return self.half();
            };
            self.heard = Instant::now();
            let frame = self.deframer.filled(count)?;
            if frame.is_some() {
                self.amid_since = None;
                return Ok(frame);
            }
            self.half()?;
        }
    }

    /// Half a message is waited for, but not for long.
    fn half(&mut self) -> Result<Option<Frame>, Error> {
        if !self.deframer.is_amid() {
            return Ok(None);
        }
        match self.amid_since {
            None => self.amid_since = Some(Instant::now()),
            Some(since) if since.elapsed() > WHOLE => return Err(protocol("half a message")),
            Some(_) => {}
        }
        Ok(None)
    }

    fn keep_alive(&mut self) -> Result<(), Error> {
        if self.said.elapsed() >= self.beat {
            self.send(&codec::note("beat")?)?;
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.said = Instant::now();
        let result = self.wire.send(bytes);
        if result.is_err() {
            self.close();
        }
        result
    }

    fn usable(&self) -> Result<(), Error> {
        if self.lost {
            Err(Error::ServiceUnavailable)
        } else {
            Ok(())
        }
    }
}

impl<W> std::fmt::Debug for Line<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("last_id", &self.last_id)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}
