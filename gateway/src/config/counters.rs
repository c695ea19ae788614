//! The counters (窓口) and the readers that stand there.

use madoguchi_core::ReaderId;
use serde::{Deserialize, Serialize};

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Its name in every call.
    pub id: String,
    /// Which readers stand there, the preferred one first.
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
    fn a_pattern_is_everything_or_a_driver_or_a_reader() {
        for good in ["*", "pcsc:*", "pcsc:a#0"] {
            assert_eq!(ReaderPattern::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        for wrong in ["", ":*", "a b", "pcsc*"] {
            assert!(ReaderPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
