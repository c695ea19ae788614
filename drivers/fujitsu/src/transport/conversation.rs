//! One message and its answer: what is still expected, and for how long.

use std::time::{Duration, Instant};

use madoguchi_driver_api::Error;
use zeroize::Zeroizing;

use crate::codec::assembly::Assembly;
use crate::codec::report::Segment;
use crate::codec::{Malformed, message};
use crate::error::protocol;

/// A device that says nothing for so long is asked whether it is still at it.
const SILENCE: Duration = Duration::from_millis(500);

/// Segments follow each other faster than this.
const GAP: Duration = Duration::from_millis(200);

/// So often is it asked in vain.
const MAX_SILENT: u8 = 5;

/// So many malformed reports are put up with.
const MAX_SPOILT: u8 = 3;

pub(super) struct Conversation {
    assembly: Assembly,
    /// The command whose answer it must be.
    code: u8,
    since: Instant,
    /// Questions in a row without a sign.
    silent: u8,
    /// Malformed reports.
    spoilt: u8,
}

impl Conversation {
    pub(super) fn new(number: u8, code: u8) -> Self {
        Self {
            assembly: Assembly::new(number),
            code,
            since: Instant::now(),
            silent: 0,
            spoilt: 0,
        }
    }

    /// How long to wait before it is silent.
    pub(super) fn patience(&self) -> Duration {
        let most = if self.assembly.is_partial() { GAP } else { SILENCE };
        most.saturating_sub(self.since.elapsed())
    }

    /// Nothing came. Says whether to ask again.
    ///
    /// # Errors
    /// [`Error::ReaderUnavailable`] where that was done often enough.
    pub(super) fn silent(&mut self) -> Result<bool, Error> {
        if !self.patience().is_zero() {
            return Ok(false);
        }
        if self.silent == MAX_SILENT {
            return Err(Error::ReaderUnavailable {
                detail: "the device does not answer".to_owned(),
            });
        }
        self.silent += 1;
        self.restart();
        Ok(true)
    }

    /// The device is at it: there is nothing to ask.
    pub(super) fn alive(&mut self) -> bool {
        self.silent = 0;
        self.since = Instant::now();
        false
    }

    /// Something came that cannot be read. Says whether to ask again.
    ///
    /// # Errors
    /// [`Error::Protocol`] where that was done often enough.
    pub(super) fn spoilt(&mut self, malformed: Malformed) -> Result<bool, Error> {
        if self.spoilt == MAX_SPOILT {
            return Err(protocol(&malformed));
        }
        self.spoilt += 1;
        self.restart();
        Ok(true)
    }

    /// Takes a part of an answer; gives the answer when it is whole and well-formed.
    ///
    /// # Errors
    /// [`Malformed`] where it has to be sent again.
    pub(super) fn take(&mut self, segment: Segment<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Malformed> {
        let Some(bytes) = self.assembly.take(segment)? else {
            if self.assembly.is_partial() {
                self.alive();
            }
            return Ok(None);
        };
        let answer = message::answer(&bytes)?;
        // A message that could not be read has no command for the device.
        if answer.command == self.code || (answer.command == 0 && matches!(answer.code, 1 | 2)) {
            Ok(Some(bytes))
        } else {
            Err(Malformed::Message)
        }
    }

    fn restart(&mut self) {
        self.assembly.restart();
        self.since = Instant::now();
    }
}
