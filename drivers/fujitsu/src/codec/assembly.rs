//! Segments become a message again.

use zeroize::Zeroizing;

use super::Malformed;
use super::report::Segment;

/// The answer to one message, as far as it came.
pub struct Assembly {
    number: u8,
    /// What the next segment must be; nothing while the first is awaited.
    next: Option<Next>,
    bytes: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy)]
struct Next {
    index: u16,
    total: usize,
}

impl Assembly {
    /// Awaits the answer to the message of that number.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self {
            number,
            next: None,
            bytes: Zeroizing::default(),
        }
    }

    /// Forgets what came: the answer is sent again from its first segment.
    pub fn restart(&mut self) {
        self.next = None;
        self.bytes = Zeroizing::default();
    }

    /// Whether a part came and another is missing.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.next.is_some()
    }

    /// Takes a segment; gives the whole answer with the last one. What belongs to another message, came before or
    /// is the rest of what was given up is ignored.
    ///
    /// # Errors
    /// [`Malformed`] where a segment is missing or two disagree.
    pub fn take(&mut self, segment: Segment<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Malformed> {
        if segment.number != self.number {
            return Ok(None);
        }
        let index = u16::from(segment.index);
        let next = match self.next {
            None if index == 0 => {
                // Room for all of it at once: a buffer that grows leaves copies behind.
                self.bytes = Zeroizing::new(Vec::with_capacity(segment.total));
                Next {
                    index: 0,
                    total: segment.total,
                }
            }
            None => return Ok(None),
            Some(next) => next,
        };
        if segment.total != next.total || index > next.index {
            return Err(Malformed::Gap);
        }
        if index < next.index {
            return Ok(None);
        }
        self.bytes.extend_from_slice(segment.bytes);
        if self.bytes.len() == next.total {
            self.next = None;
            return Ok(Some(std::mem::take(&mut self.bytes)));
        }
        self.next = Some(Next {
            index: next.index + 1,
            ..next
        });
        Ok(None)
    }
}
