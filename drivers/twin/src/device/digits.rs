//! Digits that a person typed on the pad.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zeroize::Zeroize;

use super::PinPad;

const CAPACITY: usize = PinPad::MAX_DIGITS as usize;

/// Digits that a person typed, overwritten when dropped and counted while they live: a test sees whether a device kept
/// them. There is no `Clone` and no `Debug` of the content.
pub struct Digits {
    // An array: a vector that grows leaves copies behind.
    digits: [u8; CAPACITY],
    len: usize,
    alive: Arc<AtomicUsize>,
}

impl Digits {
    pub(super) fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::AcqRel);
        Self {
            digits: [0; CAPACITY],
            len: 0,
            alive: Arc::clone(alive),
        }
    }

    /// The ASCII digits, for the one hop to the line.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a digit; nothing happens where it is none or the pad is full.
    pub(super) fn push(&mut self, digit: u8) {
        if digit.is_ascii_digit()
            && let Some(place) = self.digits.get_mut(self.len)
        {
            *place = digit;
            self.len += 1;
        }
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.digits.zeroize();
        self.len = 0;
        self.alive.fetch_sub(1, Ordering::AcqRel);
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_while_they_live_and_never_shown() {
        let alive = Arc::new(AtomicUsize::new(0));
        let mut digits = Digits::new(&alive);
        for typed in b"12x34" {
            digits.push(*typed);
        }
        assert_eq!(digits.expose(), b"1234");
        assert_eq!(format!("{digits:?}"), "Digits(…)");
        assert_eq!(alive.load(Ordering::Acquire), 1);
        drop(digits);
        assert_eq!(alive.load(Ordering::Acquire), 0);
    }

    #[test]
    fn a_full_pad_takes_no_more() {
        let mut digits = Digits::new(&Arc::default());
        for _ in 0..20 {
            digits.push(b'7');
        }
        assert_eq!(digits.len(), CAPACITY);
    }
}
