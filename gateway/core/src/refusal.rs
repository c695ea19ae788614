//! Why a call was refused, with what a caller needs to mend it.

use std::fmt;

use crate::Reason;

/// A refused call: the reason, the fields that are wrong, and what else helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The fields that cannot be accepted; only with [`Reason::InvalidArgument`].
    pub violations: Vec<Violation>,
    /// Further facts, such as the visit that holds the counter. Never personal data.
    pub metadata: Vec<(&'static str, String)>,
}

/// A field that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path in the request.
    pub field: String,
    /// What is wrong with it and how to mend it. Never the value itself where it may be personal or secret.
    pub description: String,
}

impl Refusal {
    /// A request with one wrong field.
    #[must_use]
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            reason: Reason::InvalidArgument,
            violations: vec![Violation {
                field: field.into(),
                description: description.into(),
            }],
            metadata: Vec::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            violations: Vec::new(),
            metadata: Vec::new(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        for violation in &self.violations {
            write!(f, " {}: {}.", violation.field, violation.description)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
