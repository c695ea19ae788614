//! What a counter feels when something is called off or breaks: how soon a cancelled visit has left the reader and the
//! counter is free, and how soon a reader serves again whose driver's process was killed. With the makers' twins and a
//! gateway in a process of its own; beside it what neither can be quicker than.

mod cancel;
mod crash;
mod report;
mod stand;

pub use report::{Line, Report};

use std::path::PathBuf;

use madoguchi_driver_host::bench::{Quantiles, StartOptions, start};
use madoguchi_twin::device::makers::Maker;

use crate::bench::Error;
use crate::demo::gateway::look_for_plugin;
use stand::Stand;

/// How much is measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose readers.
    pub makers: Vec<&'static Maker>,
    /// Visits that are cancelled at each page of each reader.
    pub cancels: u32,
    /// Times that each driver's process is killed.
    pub crashes: u32,
}

/// Measures.
///
/// # Errors
/// Where a part cannot be started, or a reader does not come back.
pub async fn measure(options: Options) -> Result<Report, Error> {
    let mut report = Report::new(&options);
    for maker in options.makers {
        let stand = Stand::open(maker).await?;
        let cancels = cancel::measure(&stand, options.cancels).await?;
        let crashes = crash::measure(&stand, options.crashes).await?;
        let floor = start(StartOptions {
            program: std::env::current_exe()?,
            plugin: plugin(maker)?,
            settings: stand.settings().to_owned(),
            starts: options.crashes as usize,
        })?;
        report.add(maker.name, cancels, &crashes, floor);
        stand.close().await;
    }
    report.finish();
    Ok(report)
}

/// The folder of the maker's packed plugin, beside the one that is looked for by name.
fn plugin(maker: &Maker) -> Result<PathBuf, Error> {
    Ok(look_for_plugin()?.with_file_name(maker.name))
}

/// Quantiles of what took so long.
fn quantiles(took: &[std::time::Duration]) -> Quantiles {
    Quantiles::of(took.to_vec())
}
