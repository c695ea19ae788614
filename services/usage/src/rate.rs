//! A share as the ministry writes it: per cent with two decimals, rounded half up.

use std::fmt;

/// A share in hundredths of a per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

impl Rate {
    /// The share of a part in a whole, rounded half up; none of nothing.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        if whole == 0 {
            return None;
        }
        let (part, whole) = (u128::from(part), u128::from(whole));
        // Twice the numerator plus the whole, over twice the whole: a half goes up, with whole numbers alone.
        let rounded = (2 * 10_000 * part + whole) / (2 * whole);
        u64::try_from(rounded).ok().map(Self)
    }

    /// Hundredths of a per cent.
    #[must_use]
    pub const fn basis_points(self) -> u64 {
        self.0
    }
}

/// Such as `31.43`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_half_goes_up_and_nothing_has_no_share() {
        assert_eq!(Rate::of(1, 20_000).unwrap().to_string(), "0.01");
        assert_eq!(Rate::of(1, 20_001).unwrap().to_string(), "0.00");
        assert_eq!(Rate::of(3, 20_000).unwrap().to_string(), "0.02");
        assert_eq!(Rate::of(7, 7).unwrap().to_string(), "100.00");
        assert_eq!(Rate::of(0, 7).unwrap().to_string(), "0.00");
        assert_eq!(Rate::of(u64::MAX, u64::MAX).unwrap().basis_points(), 10_000);
        assert_eq!(Rate::of(0, 0), None);
    }

    proptest! {
        #[test]
        fn it_is_never_further_off_than_half_a_hundredth(part: u32, whole in 1..=u32::MAX) {
            let rate = i128::from(Rate::of(part.into(), whole.into()).unwrap().basis_points());
            let off = 2 * (rate * i128::from(whole) - 10_000 * i128::from(part));
            prop_assert!(-i128::from(whole) < off && off <= i128::from(whole));
        }
    }
}
