//! Frames over a wire: each is acknowledged, repeated where it has to be, and taken once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Error};
use zeroize::Zeroizing;

use crate::codec::{self, ACK, Decoder, ENQ, Frame, Kind, Mark, NAK, Piece};
use crate::error::Fault;

/// Bytes to a device and from it.
pub(crate) trait Wire: Send {
    /// Waits for bytes and takes what is there, one at least.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`] where the port is gone, [`Error::Timeout`], [`Error::Cancelled`].
    fn read(&mut self, room: &mut [u8], call: &Call) -> Result<usize, Error>;

    /// Sends all bytes.
    ///
    /// # Errors
    /// As [`Wire::read`].
    fn write(&mut self, bytes: &[u8], call: &Call) -> Result<(), Error>;

    /// Goes on at another speed.
    ///
    /// # Errors
    /// [`Error::ReaderRemoved`].
    fn change_speed(&mut self, baud_rate: u32) -> Result<(), Error>;
}

/// How long an acknowledgement is waited for, behind what the line itself takes.
const ACKNOWLEDGED: Duration = Duration::from_millis(100);

/// How long the answer to the first enquiry is waited for.
const GREETING: Duration = Duration::from_millis(300);

/// A gap this long inside a frame ends it.
const GAP: Duration = Duration::from_millis(50);

/// One wait; a call that is called off meanwhile is noticed after it.
const SLICE: Duration = Duration::from_millis(4);

/// A frame is sent so often.
const TRIES: u32 = 3;

/// How long the answers to enquiries are waited for, one after another; a device may be slow for a moment.
const ENQUIRIES: [Duration; 4] = [
    ACKNOWLEDGED,
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// So many frames wait at most to be looked at. The device says little unasked and waits for each acknowledgement.
const MAX_WAITING: usize = 32;

/// A line with its protocol.
pub(crate) struct Link {
    wire: Box<dyn Wire>,
    speed: u32,
    decoder: Decoder,
    room: Zeroizing<[u8; 256]>,
    /// What of the room is not looked at yet.
    unread: std::ops::Range<usize>,
    heard: Instant,
    /// The last frame of ours that the device accepted.
    sent: Mark,
    /// Whether one more was sent and nobody knows whether it was accepted.
    unsure: bool,
    /// Enquiries whose answers are still to come.
    enquiries: u32,
    /// The last frame of the device that we accepted, with its check characters.
    accepted: Option<(Mark, u8)>,
    waiting: VecDeque<Frame>,
    broken: u32,
}

/// What the device says of our frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    mark: Mark,
    refused: bool,
}

impl Link {
    /// A link over a wire that was just opened.
    pub(crate) fn new(wire: Box<dyn Wire>, speed: u32) -> Self {
        Self {
            wire,
            speed,
            decoder: Decoder::default(),
            room: Zeroizing::new([0; 256]),
            unread: 0..0,
            heard: Instant::now(),
            sent: Mark::NONE,
            unsure: false,
            enquiries: 0,
            accepted: None,
            waiting: VecDeque::with_capacity(MAX_WAITING),
            broken: 0,
        }
    }

    /// Asks once who is there. False where nobody answers as this protocol does.
    ///
    /// # Errors
    /// Where the port is gone or the call ended.
    pub(crate) fn greet(&mut self, call: &Call) -> Result<bool, Fault> {
        self.wire.write(&[ENQ], call)?;
        let until = Instant::now() + GREETING;
        loop {
            match self.word(until, call) {
                Ok(Some(word)) if !word.refused => {
                    self.sent = word.mark;
                    return Ok(true);
                }
                // It says that it has just started, as one does that was just plugged in.
                Err(Fault::Restarted) => {}
                Ok(_) | Err(Fault::Flooded) => return Ok(false),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Goes on at another speed.
    ///
    /// # Errors
    /// Where the port is gone.
    pub(crate) fn change_speed(&mut self, speed: u32) -> Result<(), Fault> {
        self.wire.change_speed(speed)?;
        self.speed = speed;
        Ok(())
    }

    /// Sends a command and waits until the device has accepted it, once. Says its digit.
    ///
    /// # Errors
    /// [`Fault`]. Where the call ended, nobody knows whether the device accepted it.
    pub(crate) fn send(&mut self, mnemonic: &str, fields: &[&[u8]], call: &Call) -> Result<Mark, Fault> {
        call.check()?;
        self.settle(call)?;
        let mark = self.sent.next();
        let line = codec::build(mark, Kind::Command, mnemonic, fields);
        self.unsure = true;
        let delivered = self.deliver(&line, mark, call);
        self.unsure = !matches!(delivered, Ok(()) | Err(Fault::NotAccepted));
        delivered?;
        self.sent = mark;
        Ok(mark)
    }

    /// Waits for the next frame of the device; none where none came until then.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn receive(&mut self, until: Instant, call: &Call) -> Result<Option<Frame>, Fault> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Ok(Some(frame));
            }
            match self.next(until, call)? {
                Some(piece) => drop(self.take(piece, call)?),
                None => return Ok(None),
            }
        }
    }

    /// How long nothing has come.
    pub(crate) fn quiet(&self) -> Duration {
        self.heard.elapsed()
    }

    /// Asks whether the device is still the one that it was.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn check(&mut self, call: &Call) -> Result<(), Fault> {
        self.sent = self.enquire(call)?;
        self.unsure = false;
        Ok(())
    }

    /// How many frames could not be understood since it was asked last.
    pub(crate) fn take_broken(&mut self) -> u32 {
        std::mem::take(&mut self.broken)
    }

    fn deliver(&mut self, line: &[u8], mark: Mark, call: &Call) -> Result<(), Fault> {
        for _ in 0..TRIES {
            self.wire.write(line, call)?;
            let until = Instant::now() + self.on_the_line(line.len()) + ACKNOWLEDGED;
            let accepted = match self.verdict(mark, until, call)? {
                Some(accepted) => accepted,
                None => self.enquire(call)? == mark,
            };
            if accepted {
                return Ok(());
            }
            // Only where the device itself says that it has not got it is it sent again.
        }
        Err(Fault::NotAccepted)
    }

    /// Whether the device accepted the frame; none where it does not say.
    fn verdict(&mut self, mark: Mark, until: Instant, call: &Call) -> Result<Option<bool>, Fault> {
        while let Some(word) = self.word(until, call)? {
            if word.mark == mark {
                return Ok(Some(true));
            }
            if word.refused && word.mark == self.sent {
                return Ok(Some(false));
            }
            // Something else is the late answer to an earlier enquiry, or was spoilt on its way.
        }
        Ok(None)
    }

    /// Finds out whether the frame was accepted that a call left on its way.
    fn settle(&mut self, call: &Call) -> Result<(), Fault> {
        if self.unsure {
            self.sent = self.enquire(call)?;
            self.unsure = false;
        }
        Ok(())
    }

    /// Asks which frame of ours the device accepted last.
    fn enquire(&mut self, call: &Call) -> Result<Mark, Fault> {
        let mut odd = false;
        for patience in ENQUIRIES {
            self.wire.write(&[ENQ], call)?;
            self.enquiries = self.enquiries.saturating_add(1);
            let until = Instant::now() + patience;
            while let Some(Word { mark, .. }) = self.word(until, call)? {
                self.enquiries = self.enquiries.saturating_sub(1);
                if self.unsure && mark == self.sent.next() {
                    return Ok(mark);
                }
                if mark == self.sent {
                    if self.unsure && self.enquiries > 0 {
                        // The late answer to an enquiry that a call left on its way says nothing of the frame since.
                        continue;
                    }
                    return Ok(mark);
                }
                // Once it may have been spoilt on its way.
                if std::mem::replace(&mut odd, true) {
                    return Err(Fault::Restarted);
                }
                break;
            }
            if Instant::now() >= until {
                // What was not answered by now is lost.
                self.enquiries = 0;
            }
        }
        Err(Fault::Silent)
    }

    /// Waits for what the device says of our frames; its own frames wait meanwhile.
    fn word(&mut self, until: Instant, call: &Call) -> Result<Option<Word>, Fault> {
        while let Some(piece) = self.next(until, call)? {
            if let Some(word) = self.take(piece, call)? {
                return Ok(Some(word));
            }
        }
        Ok(None)
    }

    fn take(&mut self, piece: Piece, call: &Call) -> Result<Option<Word>, Fault> {
        match piece {
            Piece::Accepted(mark) => return Ok(Some(Word { mark, refused: false })),
            Piece::Refused(mark) => return Ok(Some(Word { mark, refused: true })),
            Piece::Enquiry => self.acknowledge(ACK, call)?,
            Piece::Broken(_) => {
                self.broken = self.broken.saturating_add(1);
                self.acknowledge(NAK, call)?;
            }
            Piece::Frame(frame) => self.accept(frame, call)?,
        }
        Ok(None)
    }

    fn accept(&mut self, frame: Frame, call: &Call) -> Result<(), Fault> {
        if frame.kind() == Kind::Command {
            // Our own: something sends back what it is sent.
            return Ok(());
        }
        if frame.mark() == Mark::NONE {
            return if frame.mnemonic() == b"RDY" {
                Err(Fault::Restarted)
            } else {
                Ok(())
            };
        }
        let this = Some((frame.mark(), frame.check()));
        if self.accepted != this {
            if self.waiting.len() >= MAX_WAITING {
                return Err(Fault::Flooded);
            }
            self.accepted = this;
            self.waiting.push_back(frame);
        }
        self.acknowledge(ACK, call)
    }

    fn acknowledge(&mut self, how: u8, call: &Call) -> Result<(), Fault> {
        let mark = self.accepted.map_or(Mark::NONE, |(mark, _)| mark);
        Ok(self.wire.write(&[how, mark.byte()], call)?)
    }

    /// The next thing on the line; none where nothing came until then.
    fn next(&mut self, until: Instant, call: &Call) -> Result<Option<Piece>, Fault> {
        loop {
            for at in self.unread.by_ref() {
                let byte = self.room.get_mut(at).map(std::mem::take).unwrap_or_default();
                if let Some(piece) = self.decoder.feed(byte) {
                    return Ok(Some(piece));
                }
            }
            call.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let slice = Call::new(
                Instant::now() + SLICE.min(left).min(call.remaining()),
                call.cancel_flag().clone(),
            );
            match self.wire.read(self.room.as_mut_slice(), &slice) {
                Ok(count) => {
                    self.unread = 0..count;
                    self.heard = Instant::now();
                }
                Err(Error::Timeout) => {
                    if self.decoder.is_amid()
                        && self.heard.elapsed() > GAP
                        && let Some(piece) = self.decoder.gap()
                    {
                        return Ok(Some(piece));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// How long so many bytes take on the line: ten bits each.
    fn on_the_line(&self, bytes: usize) -> Duration {
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(10);
        Duration::from_millis(bits.saturating_mul(1_000) / u64::from(self.speed.max(1)))
    }
}

#[cfg(test)]
pub(crate) mod tests;
