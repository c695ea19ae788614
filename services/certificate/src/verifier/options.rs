//! What a site says about trust.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Anchors, Error, Hierarchy, Verifier};

/// Days before the end of an anchor at which it is time to get the next one.
const ANCHOR_WARNING_DAYS: u32 = 400;

/// What a site asks for beyond what the JPKI profile always asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose patients come; a certificate of the other hierarchy is refused even below a trusted anchor.
    pub hierarchy: Option<Hierarchy>,
    /// Policies (dotted decimal) of which a certificate must have one; none is asked for where it is empty. The value
    /// that cards have was observed by one source only, and phones may have another: asking for it by default could
    /// send real patients away.
    pub policies: Vec<String>,
    /// Days before the expiry, and before the end of the grace, from which the patient is told; nobody is where it is not said.
    pub warning_days: Option<u32>,
    /// Days before the end of an anchor at which it is time to get the next one.
    pub anchor_warning_days: u32,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            hierarchy: None,
            policies: Vec::new(),
            warning_days: None,
            anchor_warning_days: ANCHOR_WARNING_DAYS,
        }
    }
}

/// Whom to trust.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// PEM files with the roots of the user-authentication CA.
    pub anchors: Vec<PathBuf>,
}

impl Options {
    /// Reads the anchors.
    ///
    /// # Errors
    /// [`Error`] names the file and the entry.
    pub fn build(&self) -> Result<Verifier, Error> {
        Ok(Verifier::new(Anchors::load(&self.anchors)?))
    }
}
