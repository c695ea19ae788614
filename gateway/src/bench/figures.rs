//! Medians and quantiles.

use std::time::Duration;

use serde::Serialize;

/// The middle and the far end of a distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half are faster.
    pub p50_ms: f64,
    /// One of a hundred is slower.
    pub p99_ms: f64,
}

impl Quantiles {
    pub(super) fn of(samples: impl IntoIterator<Item = Duration>) -> Self {
        let mut samples: Vec<_> = samples.into_iter().collect();
        samples.sort_unstable();
        let at = |part: f64| {
            let index = ((samples.len() as f64) * part) as usize;
            samples
                .get(index.min(samples.len().saturating_sub(1)))
                .map_or(0.0, |sample| ms(*sample))
        };
        Self {
            p50_ms: at(0.50),
            p99_ms: at(0.99),
        }
    }
}

/// The median of a few rounds.
pub(super) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    match (samples.len(), samples.len() / 2) {
        (0, _) => 0.0,
        (count, middle) if count % 2 == 1 => samples[middle],
        (_, middle) => f64::midpoint(samples[middle - 1], samples[middle]),
    }
}

pub(super) fn ms(duration: Duration) -> f64 {
    rounded(duration.as_secs_f64() * 1_000.0)
}

/// Microseconds of a millisecond are noise enough.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
        let samples = (1..=100).map(Duration::from_millis);
        assert_eq!(
            Quantiles::of(samples),
            Quantiles {
                p50_ms: 51.0,
                p99_ms: 100.0
            }
        );
        assert_eq!(Quantiles::of([]), Quantiles::default());
    }
}
