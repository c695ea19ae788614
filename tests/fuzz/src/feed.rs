//! The fuzzer's bytes, taken apart: whatever they are, they mean something.

/// Bytes that are taken from the front. Where there are none any more, zeros and nothing come.
pub(crate) struct Feed<'a>(&'a [u8]);

impl<'a> Feed<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// So many bytes, or as many as there are.
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Bytes behind their number; 255 says that two bytes with the number follow.
    pub(crate) fn chunk(&mut self) -> &'a [u8] {
        let count = match self.byte() {
            u8::MAX => usize::from(self.word()),
            few => usize::from(few),
        };
        self.take(count)
    }

    /// An array, filled with zeros where bytes are missing.
    pub(crate) fn array<const LEN: usize>(&mut self) -> [u8; LEN] {
        let mut array = [0; LEN];
        let taken = self.take(LEN);
        array[..taken.len()].copy_from_slice(taken);
        array
    }
}
