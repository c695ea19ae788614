//! What came of it, for people and for machines.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rule::Group;

/// The reader that the rules were tried on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its selector.
    pub selector: String,
    /// The model, as the device says.
    pub model: String,
    /// The version of its own software, as the device says.
    pub firmware: String,
    /// What it says that it can do.
    pub capabilities: Vec<madoguchi_core::reader::Capability>,
}

/// How a rule ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It is kept.
    Passed,
    /// It is broken.
    Failed {
        /// What it expects.
        expected: String,
        /// What was seen.
        seen: String,
    },
    /// It could not be tried.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// One rule and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReport {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub group: Group,
    /// What it demands.
    pub sentence: String,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long that took.
    pub millis: u64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The driver's id.
    pub driver_id: String,
    /// Its version.
    pub version: String,
    /// The border that it was built for.
    pub abi: u32,
    /// SHA-256 of its library.
    pub library_sha256: String,
    /// The reader; none where the driver lists none.
    pub device: Option<Device>,
    /// Who lent a hand; none where nobody did.
    pub hands: Option<String>,
    /// Which rules.
    pub rules_version: u32,
    /// How much later than a deadline or a cancellation a call might return.
    pub late_ms: u64,
    /// How many are kept.
    pub passed: usize,
    /// How many are broken.
    pub failed: usize,
    /// How many could not be tried.
    pub skipped: usize,
    /// Each.
    pub rules: Vec<RuleReport>,
}

impl Report {
    /// Whether no rule is broken.
    #[must_use]
    pub const fn conforms(&self) -> bool {
        self.failed == 0
    }

    /// The broken rules.
    pub fn broken(&self) -> impl Iterator<Item = &RuleReport> {
        self.rules
            .iter()
            .filter(|rule| matches!(rule.verdict, Verdict::Failed { .. }))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (border {})", self.driver_id, self.version, self.abi)?;
        match &self.device {
            Some(device) => write!(f, " on {} {} {}", device.selector, device.model, device.firmware)?,
            None => f.write_str(", no reader")?,
        }
        let mut group = None;
        for rule in &self.rules {
            if group != Some(rule.group) {
                group = Some(rule.group);
                write!(f, "\n{:?}", rule.group)?;
            }
            write!(f, "\n  {rule}")?;
        }
        write!(
            f,
            "\n{} rules kept, {} broken, {} not tried (rules version {}, calls at most {} ms late)",
            self.passed, self.failed, self.skipped, self.rules_version, self.late_ms
        )
    }
}

impl fmt::Display for RuleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.millis;
        match &self.verdict {
            Verdict::Passed => write!(f, "ok      {} ({millis} ms): {}", self.id, self.sentence),
            Verdict::Failed { expected, seen } => {
                write!(
                    f,
                    "BROKEN  {} ({millis} ms): expected {expected}; seen: {seen}",
                    self.id
                )
            }
            Verdict::Skipped { reason } => write!(f, "skipped {}: {reason}", self.id),
        }
    }
}
