//! What came of it, for people and for machines.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Skill;
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

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.selector)?;
        for word in [&self.model, &self.firmware] {
            if !word.is_empty() {
                write!(f, " {word}")?;
            }
        }
        Ok(())
    }
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
    /// It says nothing of this reader: what it is about is not announced, or does not occur.
    NotApplicable {
        /// Why.
        reason: String,
    },
    /// It needs a hand on the device that nobody lends.
    NeedsHands {
        /// What the hand has to be able to do.
        skill: Skill,
    },
    /// It could not be tried, though it applies: neither kept nor broken, and so not conforming.
    NotTried {
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
    /// Whether every rule was asked for.
    pub complete: bool,
    /// Which rules.
    pub rules_version: u32,
    /// How long all of it took.
    pub millis: u64,
    /// How much later than a deadline or a cancellation a call might return.
    pub late_ms: u64,
    /// How many are kept.
    pub passed: usize,
    /// How many are broken.
    pub failed: usize,
    /// How many do not apply to this reader.
    pub not_applicable: usize,
    /// How many need a hand that nobody lent.
    pub needs_hands: usize,
    /// How many could not be tried for another reason.
    pub not_tried: usize,
    /// Each.
    pub rules: Vec<RuleReport>,
}

impl Report {
    /// Whether every rule is kept that applies and that somebody had hands for.
    #[must_use]
    pub const fn conforms(&self) -> bool {
        self.failed == 0 && self.not_tried == 0
    }

    /// All but the rules one by one.
    #[must_use]
    pub fn summary(&self) -> String {
        let on = match &self.device {
            Some(device) => format!(" on {device}"),
            None => ", no reader".to_owned(),
        };
        format!(
            "{} {} (border {}){on}\n\
             {} rules kept, {} broken, {} not applicable, {} without the hands that they need, {} not tried\n\
             rules version {}, calls at most {} ms late, {} ms in all: {}",
            self.driver_id,
            self.version,
            self.abi,
            self.passed,
            self.failed,
            self.not_applicable,
            self.needs_hands,
            self.not_tried,
            self.rules_version,
            self.late_ms,
            self.millis,
            if self.conforms() {
                "conforms"
            } else {
                "does not conform"
            },
        )
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
        let mut group = None;
        for rule in &self.rules {
            if group != Some(rule.group) {
                group = Some(rule.group);
                writeln!(f, "{:?}", rule.group)?;
            }
            writeln!(f, "  {rule}")?;
        }
        f.write_str(&self.summary())
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
            Verdict::NotApplicable { reason } => write!(f, "n/a     {}: {reason}", self.id),
            Verdict::NeedsHands { skill } => {
                write!(f, "hands   {}: nobody lends a hand for this: {skill}", self.id)
            }
            Verdict::NotTried { reason } => write!(f, "UNTRIED {}: {reason}", self.id),
        }
    }
}
