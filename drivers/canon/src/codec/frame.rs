//! Frames in the stream: mark, length, CBOR, checksum.

use crc::{CRC_32_ISO_HDLC, Crc};
use zeroize::{Zeroize, Zeroizing};

use super::report;

pub(super) const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The longest message in a frame.
pub const MAX_MESSAGE: usize = 8192;

/// What a frame begins with.
pub(super) const MARK: [u8; 2] = [0xCA, 0x9A];
const HEAD: usize = 4;
const TAIL: usize = 4;

/// What cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Bytes that belong to no frame.
    #[error("bytes outside any frame")]
    Noise,
    /// A frame that says that it is longer than any may be.
    #[error("a frame of an impossible length")]
    Length,
    /// A frame that its checksum does not fit.
    #[error("a wrong checksum")]
    Checksum,
    /// A frame whose rest never came.
    #[error("half a frame")]
    Half,
    /// Reports are missing.
    #[error("lost reports")]
    Loss,
    /// A report that is none.
    #[error("a malformed report")]
    Report,
    /// A whole frame with a message that means nothing.
    #[error("a message that means nothing")]
    Message,
}

/// The message was longer than a frame may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of {0} bytes does not fit a frame")]
pub struct TooLong(pub usize);

/// A frame around a message.
///
/// # Errors
/// [`TooLong`] where it does not fit.
pub fn seal(message: &[u8]) -> Result<Zeroizing<Vec<u8>>, TooLong> {
    if message.len() > MAX_MESSAGE {
        return Err(TooLong(message.len()));
    }
    // Made as long as it will be: a buffer that grows leaves copies behind, and a PIN travels in here.
    let mut frame = Zeroizing::new(Vec::with_capacity(HEAD + message.len() + TAIL));
    frame.extend_from_slice(&MARK);
    frame.extend_from_slice(&(message.len() as u16).to_be_bytes());
    frame.extend_from_slice(message);
    let checksum = CRC.checksum(&frame[MARK.len()..]);
    frame.extend_from_slice(&checksum.to_be_bytes());
    Ok(frame)
}

/// Finds frames in stream bytes, whatever is between them.
pub(super) struct Finder {
    /// Never grows beyond what was reserved.
    buffer: Zeroizing<Vec<u8>>,
}

impl Default for Finder {
    fn default() -> Self {
        Self {
            buffer: Zeroizing::new(Vec::with_capacity(HEAD + MAX_MESSAGE + TAIL + report::ROOM)),
        }
    }
}

impl Finder {
    /// Takes bytes in and gives out the messages that are whole now, and what was no frame.
    pub(super) fn push(&mut self, bytes: &[u8], heard: &mut dyn FnMut(Result<Zeroizing<Vec<u8>>, Damage>)) {
        for chunk in bytes.chunks(report::ROOM) {
            self.buffer.extend_from_slice(chunk);
            while self.step(heard) {}
        }
    }

    /// Whether a frame has begun and is not whole.
    pub(super) fn is_in_frame(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Gives up the frame that has begun; others may be behind its mark.
    pub(super) fn give_up(&mut self, heard: &mut dyn FnMut(Result<Zeroizing<Vec<u8>>, Damage>)) {
        while self.is_in_frame() {
            heard(Err(Damage::Half));
            self.consume(1);
            while self.step(heard) {}
        }
    }

    pub(super) fn clear(&mut self) {
        self.consume(self.buffer.len());
    }

    /// One step; false where more bytes are needed.
    fn step(&mut self, heard: &mut dyn FnMut(Result<Zeroizing<Vec<u8>>, Damage>)) -> bool {
        let noise = self.before_mark();
        if noise > 0 {
            self.consume(noise);
            heard(Err(Damage::Noise));
            return true;
        }
        let Some(&[_, _, hi, lo]) = self.buffer.first_chunk::<HEAD>() else {
            return false;
        };
        let len = usize::from(u16::from_be_bytes([hi, lo]));
        if len > MAX_MESSAGE {
            self.consume(1);
            heard(Err(Damage::Length));
            return true;
        }
        let end = HEAD + len;
        let Some(tail) = self.buffer.get(end..end + TAIL) else {
            return false;
        };
        if tail != CRC.checksum(&self.buffer[MARK.len()..end]).to_be_bytes() {
            self.consume(1);
            heard(Err(Damage::Checksum));
            return true;
        }
        let message = Zeroizing::new(self.buffer[HEAD..end].to_vec());
        self.consume(end + TAIL);
        heard(Ok(message));
        true
    }

    /// How many bytes are before the next mark, or before what may become one.
    fn before_mark(&self) -> usize {
        let marks = self.buffer.windows(MARK.len()).position(|pair| pair == MARK);
        let half = usize::from(self.buffer.last() == Some(&MARK[0]));
        marks.unwrap_or(self.buffer.len() - half)
    }

    /// Drops the first bytes; what was in the buffer's end is not left there.
    fn consume(&mut self, count: usize) {
        let rest = self.buffer.len() - count;
        self.buffer.copy_within(count.., 0);
        self.buffer[rest..].zeroize();
        self.buffer.truncate(rest);
    }
}

#[cfg(test)]
mod tests;
