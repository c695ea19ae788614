//! Tag, length, value.

use zeroize::Zeroizing;

/// The fields of a message. They may hold digits.
#[derive(Default)]
pub(super) struct Fields(Zeroizing<Vec<u8>>);

impl Fields {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Fields that were received; nothing where one is cut off.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        while !rest.is_empty() {
            (_, rest) = next(rest)?;
        }
        Some(Self(Zeroizing::new(bytes.to_vec())))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds a field. What is longer than a field can be is cut.
    pub(super) fn value(self, tag: u8, value: &[u8]) -> Self {
        let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
        // Made anew at its full length: one that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len() + 3 + usize::from(len)));
        bytes.extend_from_slice(&self.0);
        bytes.push(tag);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(&value[..usize::from(len)]);
        Self(bytes)
    }

    pub(super) fn byte(self, tag: u8, value: u8) -> Self {
        self.value(tag, &[value])
    }

    /// The values of that tag, in order.
    pub(super) fn get_all(&self, tag: u8) -> Vec<&[u8]> {
        let mut found = Vec::new();
        let mut rest = &self.0[..];
        while let Some(((its, value), after)) = next(rest) {
            if its == tag {
                found.push(value);
            }
            rest = after;
        }
        found
    }

    pub(super) fn get(&self, tag: u8) -> Option<&[u8]> {
        self.get_all(tag).first().copied()
    }

    pub(super) fn get_byte(&self, tag: u8) -> Option<u8> {
        match self.get(tag) {
            Some([value]) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn get_text(&self, tag: u8) -> Option<&str> {
        std::str::from_utf8(self.get(tag)?).ok()
    }

    pub(super) fn get_texts(&self, tag: u8) -> Option<Vec<String>> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        self.get_all(tag).into_iter().map(text).collect()
    }
}

type Next<'a> = ((u8, &'a [u8]), &'a [u8]);

fn next(bytes: &[u8]) -> Option<Next<'_>> {
    let (head, rest) = bytes.split_first_chunk::<3>()?;
    let len = usize::from(u16::from_be_bytes([head[1], head[2]]));
    let (value, rest) = rest.split_at_checked(len)?;
    Some(((head[0], value), rest))
}
