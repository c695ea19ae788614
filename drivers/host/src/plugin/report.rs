//! What the command line prints of a plugin's folder.

use std::path::PathBuf;

use serde::Serialize;

use super::{LoadPhase, Manifest, Refused, VerifiedPlugin};

/// A plugin's folder as the command line prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginReport {
    /// The folder.
    pub folder: PathBuf,
    /// What the manifest says, where it could be read.
    pub manifest: Option<Manifest>,
    /// The key that signed it, where somebody looked and found one.
    pub signed_by: Option<String>,
    /// Where the checks stopped; nothing where they passed.
    pub failed_phase: Option<LoadPhase>,
    /// One line that says what is wrong and how to mend it.
    pub problem: Option<String>,
}

impl From<&Result<VerifiedPlugin, Refused>> for PluginReport {
    fn from(result: &Result<VerifiedPlugin, Refused>) -> Self {
        match result {
            Ok(plugin) => Self {
                folder: plugin.folder.clone(),
                manifest: Some(plugin.manifest.clone()),
                signed_by: plugin.signed_by.clone(),
                failed_phase: None,
                problem: None,
            },
            Err(refused) => Self {
                folder: refused.folder.clone(),
                manifest: refused.manifest.as_deref().cloned(),
                signed_by: None,
                failed_phase: Some(refused.phase()),
                problem: Some(refused.problem.to_string()),
            },
        }
    }
}
