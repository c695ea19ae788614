//! How long until the next attempt: random within bounds that double, so that a thousand gateways do not come back at
//! one moment.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};

/// The pauses of one uplink.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    min: Duration,
    max: Duration,
    good_life: Duration,
    attempts: u32,
}

impl Pace {
    pub(super) fn new(min: Duration, max: Duration, good_life: Duration) -> Self {
        Self {
            min,
            max: max.max(min),
            good_life,
            attempts: 0,
        }
    }

    /// How often it was dialled since it was good last.
    pub(super) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt begins.
    pub(super) const fn attempt(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
    }

    /// A line has ended that lived so long: after a good life the bounds begin anew.
    pub(super) fn lived(&mut self, lived: Duration) {
        if lived >= self.good_life {
            self.attempts = 0;
        }
    }

    /// The next pause, for a draw that is anywhere from 0 to its type's maximum: from the shortest pause to a bound that
    /// doubles with each attempt.
    pub(super) fn pause(&self, draw: u32) -> Duration {
        let doublings = self.attempts.clamp(1, 31);
        let bound = self.min.saturating_mul(1 << doublings).min(self.max);
        let spread = bound.saturating_sub(self.min);
        self.min + spread.mul_f64(f64::from(draw) / f64::from(u32::MAX))
    }
}

/// A draw. Where the system has no random numbers, the longest pause: nobody is hammered for want of them.
pub(super) fn draw() -> u32 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => u32::from_ne_bytes(bytes),
        Err(_) => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> Pace {
        Pace::new(SECOND, 60 * SECOND, 60 * SECOND)
    }

    #[test]
    fn the_bound_doubles_up_to_the_longest_pause() {
        let mut pace = pace();
        let mut longest = Vec::new();
        for _ in 0..8 {
            pace.attempt();
            assert_eq!(pace.pause(0), SECOND, "never less than the shortest");
            longest.push(pace.pause(u32::MAX).as_secs());
        }
        assert_eq!(longest, [2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_good_life_begins_anew_and_a_short_one_does_not() {
        let mut pace = pace();
        for _ in 0..5 {
            pace.attempt();
        }
        pace.lived(59 * SECOND);
        assert_eq!((pace.attempts(), pace.pause(u32::MAX)), (5, 32 * SECOND));
        pace.lived(60 * SECOND);
        assert_eq!(pace.attempts(), 0);
        pace.attempt();
        assert_eq!(pace.pause(u32::MAX), 2 * SECOND);
    }

    #[test]
    fn draws_differ() {
        let draws: std::collections::BTreeSet<_> = (0..64).map(|_| draw()).collect();
        assert!(draws.len() > 60, "{draws:?}");
    }

    proptest! {
        #[test]
        fn every_pause_is_within_its_bounds(
            min in 1u64..10_000, more in 0u64..1_000_000, attempts: u32, draw: u32, other: u32
        ) {
            let (min, max) = (Duration::from_millis(min), Duration::from_millis(min + more));
            let pace = Pace { attempts, ..Pace::new(min, max, SECOND) };
            let pause = pace.pause(draw);
            prop_assert!(pause >= min && pause <= max, "{pause:?}");
            // A greater draw is never a shorter pause.
            prop_assert_eq!(pause.cmp(&pace.pause(other)).is_le() || draw >= other, true);
        }
    }
}
