//! Messages out of a stream of bytes, and into it.

use serde::Serialize;
use zeroize::{Zeroize, Zeroizing};

const HEAD: usize = 4;
const SHORTEST: usize = 2;
const LONGEST: usize = 65_536;

/// A length that no message has: the stream cannot be followed any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost;

/// Collects bytes until a message is whole.
#[derive(Default)]
pub(super) struct Cutter {
    bytes: Zeroizing<Vec<u8>>,
}

impl Cutter {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let len = self.bytes.len() + chunk.len();
        if len > self.bytes.capacity() {
            // A vector that grows by itself leaves its old bytes behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(len.next_power_of_two()));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(chunk);
    }

    /// The next message that is whole.
    pub(super) fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Lost> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let len = u32::from_be_bytes(*head) as usize;
        if !(SHORTEST..=LONGEST).contains(&len) {
            return Err(Lost);
        }
        let Some(body) = rest.get(..len) else {
            return Ok(None);
        };
        let message = Zeroizing::new(body.to_vec());
        let end = HEAD + len;
        self.bytes[..end].zeroize();
        self.bytes.copy_within(end.., 0);
        let left = self.bytes.len() - end;
        self.bytes[left..].zeroize();
        self.bytes.truncate(left);
        Ok(Some(message))
    }
}

/// A message with its length before it.
pub(super) fn framed(message: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
    bytes.extend([0; HEAD]);
    if serde_json::to_writer(&mut *bytes, message).is_err() {
        tracing::error!("a message of the twin's own cannot be written");
    }
    let len = u32::try_from(bytes.len() - HEAD).unwrap_or_default();
    bytes[..HEAD].copy_from_slice(&len.to_be_bytes());
    bytes
}

/// The same for a message that is text already.
pub(super) fn with_length(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let len = u32::try_from(body.len()).unwrap_or_default();
    Zeroizing::new([&len.to_be_bytes()[..], body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let mut stream = with_length(b"{}").to_vec();
        stream.extend(framed(&serde_json::json!({"id": 7})).iter());
        for step in 1..stream.len() {
            let mut cutter = Cutter::default();
            let mut seen = Vec::new();
            for chunk in stream.chunks(step) {
                cutter.push(chunk);
                while let Some(message) = cutter.next().unwrap() {
                    seen.push(message.to_vec());
                }
            }
            assert_eq!(seen, [b"{}".to_vec(), b"{\"id\":7}".to_vec()]);
        }
    }

    #[test]
    fn a_length_that_none_has_ends_it() {
        for len in [0_u32, 1, 65_537, u32::MAX] {
            let mut cutter = Cutter::default();
            cutter.push(&len.to_be_bytes());
            assert_eq!(cutter.next(), Err(Lost));
        }
    }
}
