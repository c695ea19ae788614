//! `driver badge`: whether a conformance badge is good, and this plugin's.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use madoguchi_driver_host::{Options, TrustedKey, inspect};
use madoguchi_driver_testkit::{Badge, BadgeError};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// Which badge, and whom to believe.
#[derive(Debug, Args)]
pub struct BadgeArgs {
    /// The badge, as `driver conform --badge` wrote it
    #[arg(value_name = "FILE")]
    badge: PathBuf,
    /// A public key that is believed: Ed25519, PEM; may be given several times
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// The plugin's folder that the badge has to be for
    #[arg(long, value_name = "DIR")]
    plugin: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Looked {
    good: bool,
    problem: Option<String>,
    signed_by: Option<String>,
    /// Whether it was held against a plugin.
    plugin: Option<PathBuf>,
    badge: Option<Badge>,
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.badge, &self.problem) {
            (Some(badge), None) => write!(
                f,
                "good, signed with {}\n{badge}",
                self.signed_by.as_deref().unwrap_or_default()
            ),
            (_, problem) => write!(f, "not good: {}", problem.as_deref().unwrap_or_default()),
        }
    }
}

/// Checks it.
pub(super) fn badge(arguments: &BadgeArgs) -> Result<Exit, Error> {
    let text = std::fs::read_to_string(&arguments.badge).map_err(|source| Error::Read {
        path: arguments.badge.clone(),
        source,
    })?;
    let keys = super::read_keys(&arguments.keys)?;
    let library = match &arguments.plugin {
        Some(folder) => {
            let plugin =
                inspect(folder, &Options::default()).map_err(|refused| Error::Conform(Box::new(refused)))?;
            Some(plugin.manifest.sha256)
        }
        None => None,
    };
    let looked = match look(&text, &keys, library.as_deref()) {
        Ok((badge, key_id)) => Looked {
            good: true,
            problem: None,
            signed_by: Some(key_id),
            plugin: arguments.plugin.clone(),
            badge: Some(badge),
        },
        Err(problem) => Looked {
            good: false,
            problem: Some(problem.to_string()),
            signed_by: None,
            plugin: arguments.plugin.clone(),
            badge: None,
        },
    };
    Output::new(arguments.json).answer(&looked, ToString::to_string)?;
    Ok(if looked.good {
        Exit::Completed
    } else {
        Exit::Reader
    })
}

fn look(text: &str, keys: &[TrustedKey], library: Option<&str>) -> Result<(Badge, String), BadgeError> {
    let (badge, key_id) = Badge::verify(text, keys)?;
    if let Some(library) = library {
        badge.covers(library)?;
    }
    Ok((badge, key_id))
}
