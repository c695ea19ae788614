//! Medians and tails.

use std::time::Duration;

use serde::Serialize;

/// How long something took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// The shortest.
    pub min_us: f64,
    /// Half took less.
    pub median_us: f64,
    /// One in a hundred took more.
    pub p99_us: f64,
}

impl Quantiles {
    /// Of these samples.
    #[must_use]
    pub fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |permille: usize| {
            let place = took.len().saturating_sub(1) * permille / 1000;
            took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e6)
        };
        Self {
            min_us: at(0),
            median_us: at(500),
            p99_us: at(990),
        }
    }

    /// How many times the other's median this one's is.
    pub(super) fn ratio_to(&self, floor: &Self) -> f64 {
        self.median_us / floor.median_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_taken_by_rank() {
        let quantiles = Quantiles::of((1..=1001).rev().map(Duration::from_micros).collect());
        let rounded = [quantiles.min_us, quantiles.median_us, quantiles.p99_us].map(f64::round);
        assert_eq!(rounded, [1.0, 501.0, 991.0]);
        let twice = Quantiles::of(vec![Duration::from_micros(1002)]);
        assert!((twice.ratio_to(&quantiles) - 2.0).abs() < 1e-9);
    }
}
