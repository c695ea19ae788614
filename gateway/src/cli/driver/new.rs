//! `driver new`: a maker's own project, made of the template that is tested with the gateway.

mod files;
mod name;
mod source;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use thiserror::Error;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;
use files::File;
use name::Name;
use source::Source;

pub(in crate::cli) use name::BadName;
pub(in crate::cli) use source::BadSource;

/// What to make, and where.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The driver's id, which is also the project's name: lower-case letters, digits and hyphens, such as acme-face
    name: String,
    /// The folder that gets the project's folder
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// What the driver is written in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    language: Language,
    /// Where a project in Rust has madoguchi's crates from: the folder of a checkout, or the URL of a git repository
    #[arg(long, value_name = "DIR|URL")]
    source: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Language {
    Rust,
    C,
}

/// Why no project was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NewError {
    /// The name is none.
    #[error("{0}")]
    Name(#[from] BadName),
    /// The crates are not there.
    #[error("{0}")]
    Source(#[from] BadSource),
    /// Something of that name is there already.
    #[error("{} is there already and stays as it is: choose another name, or another folder with --in", path.display())]
    Exists {
        /// What.
        path: PathBuf,
    },
    /// A file or folder cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What was made.
#[derive(Debug, Serialize)]
struct Made {
    driver_id: String,
    language: Language,
    folder: PathBuf,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        write!(
            f,
            "{folder}: read {folder}/README.md, which leads to a first card in a few commands"
        )
    }
}

/// Makes the project.
pub(super) fn new(arguments: &NewArgs) -> Result<Exit, Error> {
    let made = make(arguments)?;
    Output::new(arguments.json).answer(&made, ToString::to_string)?;
    Ok(Exit::Completed)
}

fn make(arguments: &NewArgs) -> Result<Made, NewError> {
    let name: Name = arguments.name.parse()?;
    let files = match arguments.language {
        Language::C => files::c(&name),
        Language::Rust => files::rust(&name, &Source::find(arguments.source.as_deref())?),
    };
    let folder = arguments.folder.join(name.as_str());
    write(&arguments.folder, &folder, &files)?;
    Ok(Made {
        driver_id: name.as_str().to_owned(),
        language: arguments.language,
        folder,
    })
}

/// Writes the whole project beside its place, and puts it there when it is complete.
fn write(parent: &Path, folder: &Path, files: &[File]) -> Result<(), NewError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| NewError::Write { path, source }
    };
    // A link that leads nowhere is something, too.
    let exists = || NewError::Exists {
        path: folder.to_owned(),
    };
    if fs::symlink_metadata(folder).is_ok() {
        return Err(exists());
    }
    fs::create_dir_all(parent).map_err(failed(parent))?;
    let fresh = tempfile::Builder::new()
        .prefix(".madoguchi-new-")
        .tempdir_in(parent)
        .map_err(failed(parent))?;
    // Readable as any folder is: the temporary one is its owner's alone.
    let project = fresh.path().join("project");
    for file in files {
        let path = project.join(file.path);
        let within = path.parent().unwrap_or(&project);
        fs::create_dir_all(within).map_err(failed(within))?;
        fs::write(&path, &file.text).map_err(failed(&path))?;
    }
    match fs::rename(&project, folder) {
        Ok(()) => Ok(()),
        // Somebody was quicker.
        Err(_) if fs::symlink_metadata(folder).is_ok() => Err(exists()),
        Err(source) => Err(failed(folder)(source)),
    }
}

#[cfg(test)]
mod tests;
