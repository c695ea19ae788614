//! The thread that listens: it reads, keeps the connection alive, and says why it ended.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi_driver_api::Error;

use super::session::Inner;
use super::{MISSED_BEATS, WHOLE};
use crate::codec::{self, Deframer};
use crate::error::protocol;

/// How often it looks at the time.
const TICK: Duration = Duration::from_millis(25);

/// Listens until the connection is of no use any more.
pub(super) fn listen(stream: TcpStream, inner: &Arc<Inner>) {
    let why = Listener {
        stream,
        inner,
        deframer: Deframer::new(),
        heard: Instant::now(),
        amid_since: None,
    }
    .run();
    inner.lose(why);
}

struct Listener<'a> {
    stream: TcpStream,
    inner: &'a Inner,
    deframer: Deframer,
    heard: Instant,
    /// Since when a message has begun and is not complete.
    amid_since: Option<Instant>,
}

impl Listener<'_> {
    fn run(&mut self) -> Error {
        if self.stream.set_read_timeout(Some(TICK)).is_err() {
            return Error::ServiceUnavailable;
        }
        loop {
            if let Err(why) = self.read().and_then(|()| self.keep_alive()) {
                return why;
            }
        }
    }

    fn read(&mut self) -> Result<(), Error> {
        let count = match self.stream.read(self.deframer.room()) {
            Ok(0) => return Err(Error::ServiceUnavailable),
            Ok(count) => count,
            Err(error) => {
                return match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => self.silence(),
                    ErrorKind::Interrupted => Ok(()),
                    _ => Err(Error::ServiceUnavailable),
                };
            }
        };
        self.heard = Instant::now();
        match self.deframer.filled(count)? {
            Some(frame) => {
                self.amid_since = None;
                self.inner.hear(frame)
            }
            None => self.half(),
        }
    }

    fn silence(&self) -> Result<(), Error> {
        self.inner.check()?;
        if self.heard.elapsed() > self.inner.beat() * MISSED_BEATS {
            return Err(Error::ServiceUnavailable);
        }
        self.is_whole()
    }

    /// Half a message is waited for, but not for long.
    fn half(&mut self) -> Result<(), Error> {
        self.amid_since.get_or_insert_with(Instant::now);
        self.is_whole()
    }

    fn is_whole(&self) -> Result<(), Error> {
        match self.amid_since {
            Some(since) if since.elapsed() > WHOLE => Err(protocol("half a message")),
            _ => Ok(()),
        }
    }

    fn keep_alive(&self) -> Result<(), Error> {
        if self.inner.silent_for() + TICK < self.inner.beat() {
            return Ok(());
        }
        self.inner.send(&codec::note("beat")?)
    }
}
