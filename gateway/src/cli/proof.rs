//! What `verify` commands share: a token and the key set that it is checked with, from files, without a gateway.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use madoguchi_keys::KeySet;
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// The longest token that is read from standard input or a file.
const MAX_LEN: u64 = 1024 * 1024;

/// Which token, and whose keys.
#[derive(Debug, Args)]
pub struct Proof {
    /// The token itself, a file with it, or - for standard input
    #[arg(value_name = "TOKEN|FILE")]
    token: String,
    /// The gateway's key set, as `evidence keys` fetches it or as it lies in the gateway's folder of keys (jwks.json): from
    /// the gateway itself, not from whoever gave you the token
    #[arg(long, value_name = "JWKS")]
    keys: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Verdict<T> {
    proven: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<T>,
}

impl Proof {
    /// Whether a machine reads the answer.
    #[must_use]
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// The token.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub(super) fn token(&self) -> Result<String, Error> {
        token(&self.token)
    }

    /// The key set.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::KeySet`].
    pub(super) fn keys(&self) -> Result<KeySet, Error> {
        let path = &self.keys;
        let json = std::fs::read(path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        KeySet::parse(&json).map_err(|source| Error::KeySet {
            path: path.clone(),
            source,
        })
    }

    /// Says what came of it.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub(super) fn say<T: Serialize, E: fmt::Display>(
        &self,
        proven: Result<T, E>,
        sentence: impl FnOnce(&T) -> String,
    ) -> Result<Exit, Error> {
        let output = Output::new(self.json);
        match proven {
            Ok(claims) => {
                let text = sentence(&claims);
                let verdict = Verdict {
                    proven: true,
                    problem: None,
                    claims: Some(claims),
                };
                output.answer(&verdict, |_| format!("Proven. {text}"))?;
                Ok(Exit::Completed)
            }
            Err(problem) => {
                let verdict = Verdict::<T> {
                    proven: false,
                    problem: Some(problem.to_string()),
                    claims: None,
                };
                output.answer(&verdict, |_| format!("Not proven: {problem}."))?;
                Ok(Exit::Unproven)
            }
        }
    }
}

/// A token as the command line gives it: itself, a file with it, or - for standard input.
///
/// # Errors
/// [`Error::Read`].
pub(super) fn token(given: &str) -> Result<String, Error> {
    // A JWS begins with a JSON object in base64 and has two dots; no path looks like it.
    if given.starts_with("ey") && given.matches('.').count() == 2 && !Path::new(given).exists() {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    let read = match given {
        "-" => std::io::stdin().take(MAX_LEN).read_to_string(&mut text),
        path => std::fs::File::open(path).and_then(|file| file.take(MAX_LEN).read_to_string(&mut text)),
    };
    read.map_err(|source| Error::Read {
        path: given.into(),
        source,
    })?;
    Ok(text.trim().to_owned())
}
