//! How long to wait before a process is started again.

use std::time::Duration;

use crate::options::RestartOptions;

/// At once the first time, then a pause that doubles up to a bound; a good life forgets the past.
#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    good_life: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(options: &RestartOptions) -> Self {
        Self {
            min: Duration::from_millis(options.min_pause_ms),
            max: Duration::from_millis(options.max_pause_ms),
            good_life: Duration::from_millis(options.good_life_ms),
            failures: 0,
        }
    }

    /// The pause after a life that served so long.
    pub(crate) fn pause_after(&mut self, served: Duration) -> Duration {
        if served >= self.good_life {
            self.failures = 0;
        }
        let pause = match self.failures {
            0 => Duration::ZERO,
            n => self
                .min
                .saturating_mul(1_u32.checked_shl(n - 1).unwrap_or(u32::MAX))
                .min(self.max),
        };
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// Forgets the past.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_its_bound_and_a_good_life_resets_it() {
        let mut backoff = Backoff::new(&RestartOptions::default());
        let pauses: Vec<_> = (0..11)
            .map(|_| backoff.pause_after(Duration::ZERO).as_millis())
            .collect();
        assert_eq!(
            pauses,
            [0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000]
        );
        for _ in 0..100 {
            assert_eq!(backoff.pause_after(Duration::ZERO), Duration::from_secs(30));
        }
        assert_eq!(backoff.pause_after(Duration::from_secs(60)), Duration::ZERO);
        assert_eq!(
            backoff.pause_after(Duration::from_secs(59)),
            Duration::from_millis(100)
        );
        backoff.reset();
        assert_eq!(backoff.pause_after(Duration::ZERO), Duration::ZERO);
    }
}
