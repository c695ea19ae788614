//! `madoguchi audit verify`: for a stranger who has files and the gateway's published key set, and nothing else.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use madoguchi_audit::{Examination, Finding, Known};
use madoguchi_keys::KeySet;
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// What to examine.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Files of segments and exports, in their order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The gateway's published key set
    #[arg(long, value_name = "JWKS")]
    keys: PathBuf,
    /// A checkpoint that was kept elsewhere, in its own words or as a file: the log must reach and contain it
    #[arg(long = "checkpoint", value_name = "JWS|FILE")]
    checkpoints: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Verdict {
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Known>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl VerifyArgs {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let keys = KeySet::parse(&read(&self.keys)?).map_err(|source| Error::KeySet {
            path: self.keys.clone(),
            source,
        })?;
        let outside = self.checkpoints.iter().map(|given| checkpoint(given));
        let outside = outside.collect::<Result<Vec<_>, _>>()?;
        let verdict = match examine(&keys, &outside, &self.files)? {
            Ok(known) => Verdict {
                verified: true,
                known: Some(known),
                finding: None,
                file: None,
            },
            Err((finding, file)) => Verdict {
                verified: false,
                known: None,
                finding: Some(finding),
                file,
            },
        };
        let exit = if verdict.verified {
            Exit::Completed
        } else {
            Exit::Altered
        };
        Output::new(self.json).answer(&verdict, sentence)?;
        Ok(exit)
    }
}

type Examined = Result<Known, (Finding, Option<PathBuf>)>;

fn examine(keys: &KeySet, outside: &[String], files: &[PathBuf]) -> Result<Examined, Error> {
    let mut examination = match Examination::new(keys, outside) {
        Ok(examination) => examination,
        Err(finding) => return Ok(Err((finding, None))),
    };
    for path in files {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        examination.begin_file();
        let read = examination.read(&mut BufReader::new(file));
        if let Err(finding) = read.map_err(|source| unreadable(path, source))? {
            return Ok(Err((finding, Some(path.clone()))));
        }
    }
    Ok(examination
        .finish()
        .map_err(|finding| (finding, files.last().cloned())))
}

/// A file where there is one of that name, else the words themselves.
fn checkpoint(given: &str) -> Result<String, Error> {
    let path = Path::new(given);
    // No JWS fits into a file's name.
    if given.len() > 255 || !path.is_file() {
        return Ok(given.to_owned());
    }
    let bytes = read(path)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}

fn sentence(verdict: &Verdict) -> String {
    match (&verdict.known, &verdict.finding) {
        (Some(known), _) => {
            let first = known.first_sequence.unwrap_or(known.last_sequence);
            format!(
                "Verified: entries {first} to {} of {} (checkpoints: {}); nothing was edited, removed or moved.",
                known.last_sequence, known.gateway, known.checkpoint_count
            )
        }
        (None, Some(finding)) => {
            let file = verdict.file.as_ref().map(|file| format!("{}: ", file.display()));
            format!("NOT AS IT WAS WRITTEN. {}{finding}.", file.unwrap_or_default())
        }
        (None, None) => String::new(),
    }
}
