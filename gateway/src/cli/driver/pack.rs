//! `driver pack`: what a maker built, as the folder that a gateway loads.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use madoguchi_driver_host::pack as put_together;
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// What is packed, and where to.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// The built library
    #[arg(long, value_name = "FILE")]
    library: PathBuf,
    /// The maker's manifest, without the library's name and hash
    #[arg(long, value_name = "FILE", default_value = "plugin.toml")]
    manifest: PathBuf,
    /// The folder that gets the plugin's folder, which is named by its id
    #[arg(long, value_name = "DIR", default_value = "plugins")]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Serialize)]
struct Packed {
    folder: PathBuf,
}

impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.folder.display())
    }
}

/// Packs it.
pub(super) fn pack(arguments: &PackArgs) -> Result<Exit, Error> {
    let folder = put_together(&arguments.manifest, &arguments.library, &arguments.out)?;
    Output::new(arguments.json).answer(&Packed { folder }, ToString::to_string)?;
    Ok(Exit::Completed)
}
