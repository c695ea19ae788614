//! Cuts the stream of bytes into frames.

use zeroize::Zeroize;

use super::{Fault, HEAD_LEN, MAX_LEN, MIN_LEN};

/// The body of one message, overwritten when it is dropped.
pub struct Frame(Vec<u8>);

impl Frame {
    /// The body.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("len", &self.0.len()).finish()
    }
}

/// Collects one frame at a time. Whoever reads the line reads into [`Deframer::room`] and says how much came: so a frame
/// lies in one buffer from the first byte on, and nothing is read beyond its end.
#[derive(Debug)]
pub struct Deframer {
    head: [u8; HEAD_LEN],
    head_len: usize,
    body: Frame,
    body_len: usize,
}

impl Deframer {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: [0; HEAD_LEN],
            head_len: 0,
            body: Frame(Vec::new()),
            body_len: 0,
        }
    }

    /// Where the next bytes go. Never empty.
    pub fn room(&mut self) -> &mut [u8] {
        if self.head_len < HEAD_LEN {
            &mut self.head[self.head_len..]
        } else {
            &mut self.body.0[self.body_len..]
        }
    }

    /// So many bytes came into the room; gives the frame when it is complete.
    ///
    /// # Errors
    /// [`Fault::Length`]: the stream cannot be followed any more.
    pub fn filled(&mut self, count: usize) -> Result<Option<Frame>, Fault> {
        if self.head_len < HEAD_LEN {
            self.head_len = (self.head_len + count).min(HEAD_LEN);
            if self.head_len == HEAD_LEN {
                let said = u32::from_be_bytes(self.head);
                match usize::try_from(said) {
                    Ok(len) if (MIN_LEN..=MAX_LEN).contains(&len) => self.body = Frame(vec![0; len]),
                    _ => {
                        self.head_len = 0;
                        return Err(Fault::Length(said));
                    }
                }
            }
            return Ok(None);
        }
        self.body_len = (self.body_len + count).min(self.body.0.len());
        if self.body_len < self.body.0.len() {
            return Ok(None);
        }
        self.head_len = 0;
        self.body_len = 0;
        Ok(Some(std::mem::replace(&mut self.body, Frame(Vec::new()))))
    }

    /// Whether a frame has begun and is not complete.
    #[must_use]
    pub const fn is_amid(&self) -> bool {
        self.head_len > 0
    }

    /// Takes bytes that lie elsewhere already, as tests and fuzzers have them.
    ///
    /// # Errors
    /// As [`Deframer::filled`]; frames before the fault are given to `each`.
    pub fn take(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Frame)) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let room = self.room();
            let count = room.len().min(bytes.len());
            room[..count].copy_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if let Some(frame) = self.filled(count)? {
                each(frame);
            }
        }
        Ok(())
    }
}

impl Default for Deframer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(bytes: &[u8], step: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let mut deframer = Deframer::new();
        let mut frames = Vec::new();
        for chunk in bytes.chunks(step) {
            deframer.take(chunk, &mut |frame| frames.push(frame.as_bytes().to_vec()))?;
        }
        Ok(frames)
    }

    #[test]
    fn frames_come_whole_however_the_bytes_come() {
        let mut bytes = vec![0, 0, 0, 2, b'{', b'}', 0, 0, 0, 9];
        bytes.extend(b"{\"id\": 1}");
        for step in 1..=bytes.len() {
            assert_eq!(
                cut(&bytes, step).unwrap(),
                [b"{}".to_vec(), b"{\"id\": 1}".to_vec()]
            );
        }
    }

    #[test]
    fn a_length_that_no_message_has_ends_it() {
        for len in [0, 1, 65_537, u32::MAX] {
            assert_eq!(cut(&len.to_be_bytes(), 4), Err(Fault::Length(len)));
        }
        assert_eq!(cut(&65_536u32.to_be_bytes(), 4), Ok(vec![]));
    }

    #[test]
    fn a_half_frame_is_seen() {
        let mut deframer = Deframer::new();
        assert!(!deframer.is_amid());
        deframer.take(&[0, 0], &mut |_| ()).unwrap();
        assert!(deframer.is_amid());
        deframer.take(&[0, 2, b'{'], &mut |_| ()).unwrap();
        assert!(deframer.is_amid());
        deframer.take(b"}", &mut |_| ()).unwrap();
        assert!(!deframer.is_amid());
    }

    #[test]
    fn debug_shows_no_content() {
        let frame = Frame(b"{\"digits\":\"1234\"}".to_vec());
        assert_eq!(format!("{frame:?}"), "Frame { len: 17 }");
    }
}
