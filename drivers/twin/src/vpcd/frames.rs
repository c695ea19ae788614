//! How vpcd's frames are told apart: two bytes of length, the high one first, and so many more. Public for fuzzing only.

/// What came and was not taken yet: half a frame, or several.
#[derive(Default)]
pub struct Frames(Vec<u8>);

impl Frames {
    /// Adds what came.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The first frame that is whole.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        let (head, rest) = self.0.split_first_chunk::<2>()?;
        let len = usize::from(u16::from_be_bytes(*head));
        let frame = rest.get(..len)?.to_vec();
        self.0.drain(..2 + len);
        Some(frame)
    }
}

/// The frame around these bytes; nothing where they are more than it can hold.
#[must_use]
pub fn framed(data: &[u8]) -> Option<Vec<u8>> {
    let len = u16::try_from(data.len()).ok()?;
    Some([&len.to_be_bytes()[..], data].concat())
}
