//! The counters (窓口) and the readers that stand there.

use madoguchi_core::ReaderId;
use serde::{Deserialize, Serialize};

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Its name in every call.
    pub id: String,
    /// Which readers stand there; no reader stands at two counters. Any, where there is one counter.
    #[serde(default = "any_reader")]
    pub readers: Vec<ReaderPattern>,
}

fn any_reader() -> Vec<ReaderPattern> {
    vec![ReaderPattern("*".to_owned())]
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            id: "1".to_owned(),
            readers: any_reader(),
        }
    }
}

/// Readers, by name: `*` for every one, `driver:*` for those of a driver, or a reader's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReaderPattern(String);

impl ReaderPattern {
    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether one reader can be named by both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let covers = |wide: &str, narrow: &str| {
            wide.strip_suffix('*')
                .is_some_and(|prefix| narrow.starts_with(prefix))
        };
        self == other || covers(&self.0, &other.0) || covers(&other.0, &self.0)
    }
}

impl TryFrom<String> for ReaderPattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = text.strip_suffix(":*").unwrap_or(&text);
        if text == "*" || ReaderId::new(id).is_ok() {
            Ok(Self(text))
        } else {
            Err("must be \"*\", a reader's id (as `madoguchi readers list` shows it) or \"driver:*\"")
        }
    }
}

impl From<ReaderPattern> for String {
    fn from(pattern: ReaderPattern) -> Self {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_overlap_where_one_reader_fits_both() {
        let pattern = |text: &str| ReaderPattern::try_from(text.to_owned()).unwrap();
        for (one, other, overlap) in [
            ("*", "*", true),
            ("*", "pcsc:a", true),
            ("pcsc:*", "pcsc:a", true),
            ("pcsc:*", "*", true),
            ("pcsc:a", "pcsc:a", true),
            ("pcsc:a", "pcsc:ab", false),
            ("pcsc:*", "pcsc2:*", false),
            ("pcsc:*", "canon:a", false),
        ] {
            assert_eq!(pattern(one).overlaps(&pattern(other)), overlap, "{one} {other}");
            assert_eq!(pattern(other).overlaps(&pattern(one)), overlap, "{other} {one}");
        }
    }

    #[test]
    fn a_pattern_is_everything_or_a_driver_or_a_reader() {
        for good in ["*", "pcsc:*", "pcsc:a#0"] {
            assert_eq!(ReaderPattern::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        for wrong in ["", ":*", "a b", "pcsc*"] {
            assert!(ReaderPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
