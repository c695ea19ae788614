//! Frames in the stream: `CA 9A`, length, message, CRC-32.

use crc::{CRC_32_ISO_HDLC, Crc};
use zeroize::{Zeroize as _, Zeroizing};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const MARK: [u8; 2] = [0xCA, 0x9A];
const LONGEST: usize = 8192;

/// What was found.
pub(super) enum Piece {
    Message(Zeroizing<Vec<u8>>),
    Damaged,
}

/// Stream bytes that are no whole frame yet.
pub(super) struct Frames(Zeroizing<Vec<u8>>);

impl Default for Frames {
    fn default() -> Self {
        // Never grown: a buffer that moves leaves copies behind.
        Self(Zeroizing::new(Vec::with_capacity(LONGEST + 128)))
    }
}

impl Frames {
    /// Adds the stream bytes of one report.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.0.extend_from_slice(bytes);
        let mut found = Vec::new();
        loop {
            let at = self.mark();
            if at > 0 {
                self.cut(at);
                found.push(Piece::Damaged);
            }
            let [_, _, high, low, rest @ ..] = self.0.as_slice() else {
                return found;
            };
            let len = usize::from(*high) << 8 | usize::from(*low);
            if len > LONGEST {
                self.cut(1);
                found.push(Piece::Damaged);
                continue;
            }
            let Some((message, tail)) = rest.split_at_checked(len) else {
                return found;
            };
            let Some(sum) = tail.first_chunk::<4>() else {
                return found;
            };
            if u32::from_be_bytes(*sum) == CRC.checksum(&self.0[2..4 + len]) {
                found.push(Piece::Message(Zeroizing::new(message.to_vec())));
                self.cut(4 + len + 4);
            } else {
                self.cut(1);
                found.push(Piece::Damaged);
            }
        }
    }

    fn mark(&self) -> usize {
        let whole = (0..self.0.len()).find(|at| self.0[*at..].starts_with(&MARK));
        let half = || self.0.len() - usize::from(self.0.ends_with(&MARK[..1]));
        whole.unwrap_or_else(half)
    }

    fn cut(&mut self, count: usize) {
        self.0.rotate_left(count);
        let left = self.0.len() - count;
        self.0[left..].zeroize();
        self.0.truncate(left);
    }
}

/// A message in its frame.
pub(super) fn sealed(message: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut frame = Zeroizing::new(Vec::with_capacity(message.len() + 8));
    frame.extend_from_slice(&MARK);
    frame.extend_from_slice(&(message.len() as u16).to_be_bytes());
    frame.extend_from_slice(message);
    let sum = CRC.checksum(&frame[2..]);
    frame.extend_from_slice(&sum.to_be_bytes());
    frame
}
