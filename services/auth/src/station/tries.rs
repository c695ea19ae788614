//! A device that is not ready now is asked again, not for ever and not without a pause.

use std::time::Duration;

/// About a quarter of a minute: longer than a maker's program takes to start anew.
const MOST: u32 = 20;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often something was tried in vain.
#[derive(Debug, Default)]
pub(crate) struct Tries(u32);

impl Tries {
    /// Pauses, each time twice as long; false where it was tried often enough.
    pub(crate) async fn again(&mut self) -> bool {
        let Some(pause) = self.pause() else {
            return false;
        };
        tokio::time::sleep(pause).await;
        true
    }

    fn pause(&mut self) -> Option<Duration> {
        if self.0 >= MOST {
            return None;
        }
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.0));
        self.0 += 1;
        Some(pause.min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_come_to_an_end() {
        let mut tries = Tries::default();
        let pauses: Vec<_> = std::iter::from_fn(|| tries.pause()).collect();
        assert_eq!(pauses[..3], [50, 100, 200].map(Duration::from_millis));
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        let all: Duration = pauses.iter().sum();
        assert!(pauses.len() == 20 && all < Duration::from_secs(20), "{all:?}");
    }
}
