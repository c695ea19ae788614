//! The face in front of the camera, as a script.

use std::time::Duration;

use madoguchi_core::screen::FaceOutcome;
use serde::{Deserialize, Serialize};

/// What the camera comes to, one verification after the other; the last one repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaceScript {
    /// The outcomes in order. None: nobody comes, and the verification goes on until it is called off.
    pub outcomes: Vec<FaceOutcome>,
    /// How long each takes.
    pub think_ms: u32,
}

impl Default for FaceScript {
    fn default() -> Self {
        Self::always(FaceOutcome::Match)
    }
}

impl FaceScript {
    const THINK_MS: u32 = 20;

    /// The same each time.
    #[must_use]
    pub fn always(outcome: FaceOutcome) -> Self {
        Self::sequence([outcome])
    }

    /// One after the other; the last one repeats.
    #[must_use]
    pub fn sequence(outcomes: impl IntoIterator<Item = FaceOutcome>) -> Self {
        Self {
            outcomes: outcomes.into_iter().collect(),
            think_ms: Self::THINK_MS,
        }
    }

    /// Nobody comes.
    #[must_use]
    pub fn nobody() -> Self {
        Self::sequence([])
    }

    /// Says how long each takes.
    #[must_use]
    pub const fn thinking(mut self, think_ms: u32) -> Self {
        self.think_ms = think_ms;
        self
    }

    /// How long each takes.
    pub(super) fn think(&self) -> Duration {
        Duration::from_millis(u64::from(self.think_ms))
    }

    /// Whether somebody comes at all.
    pub(super) fn somebody(&self) -> bool {
        !self.outcomes.is_empty()
    }

    /// The next outcome.
    pub(super) fn next(&mut self) -> Option<FaceOutcome> {
        if self.outcomes.len() > 1 {
            return Some(self.outcomes.remove(0));
        }
        self.outcomes.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_goes_on_with_its_last_outcome() {
        let mut script = FaceScript::sequence([FaceOutcome::NoMatch, FaceOutcome::Match]);
        let seen: Vec<_> = (0..3).filter_map(|_| script.next()).collect();
        assert_eq!(
            seen,
            [FaceOutcome::NoMatch, FaceOutcome::Match, FaceOutcome::Match]
        );
        assert_eq!(FaceScript::nobody().next(), None);
    }

    #[test]
    fn a_script_is_data() {
        let script: FaceScript = toml::from_str("outcomes = [\"no_face\"]\nthink_ms = 5").unwrap();
        assert_eq!(script, FaceScript::always(FaceOutcome::NoFace).thinking(5));
        assert!(toml::from_str::<FaceScript>("outcome = \"match\"").is_err());
    }
}
