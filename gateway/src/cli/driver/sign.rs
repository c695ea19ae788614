//! `driver keygen` and `driver sign`: a maker's key, and a maker's word for a plugin.

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use madoguchi_driver_host::{SigningKey, sign as put_signature};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// Where the keys go.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// The file for the private key; it must not exist
    #[arg(long, value_name = "FILE")]
    private: PathBuf,
    /// The file for the public key, which gateways trust
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What is signed with what.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The plugin's folder, packed
    directory: PathBuf,
    /// The private key: Ed25519, PEM (PKCS#8)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Serialize)]
struct Key {
    key_id: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.key_id)
    }
}

/// Makes a key pair.
pub(super) fn keygen(arguments: &KeygenArgs) -> Result<Exit, Error> {
    let (key, private) = SigningKey::generate().map_err(|error| Error::Gateway(Box::new(error)))?;
    let write = |path: &Path, text: &str, options: &mut std::fs::OpenOptions| {
        options
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| Error::Read {
                path: path.to_owned(),
                source,
            })
    };
    write(&arguments.private, &private, private_file().create_new(true))?;
    write(
        &arguments.public,
        &key.public().to_pem(),
        File::options().create(true).truncate(true),
    )?;
    let line = Key { key_id: key.id() };
    Output::new(arguments.json).answer(&line, ToString::to_string)?;
    Ok(Exit::Completed)
}

/// Nobody but its owner reads it.
#[cfg(unix)]
fn private_file() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> std::fs::OpenOptions {
    File::options()
}

/// Signs a plugin.
pub(super) fn sign(arguments: &SignArgs) -> Result<Exit, Error> {
    let key = SigningKey::read(&arguments.key).map_err(|error| Error::Gateway(Box::new(error)))?;
    put_signature(&arguments.directory, &key).map_err(|problem| Error::Gateway(Box::new(problem)))?;
    let line = Key { key_id: key.id() };
    Output::new(arguments.json).answer(&line, ToString::to_string)?;
    Ok(Exit::Completed)
}
